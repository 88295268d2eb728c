import { hostname } from "node:os";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { firstOf } from "../first-of.ts";
import { DownMembers } from "../membership/down-members.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";
import { type Closer, GateRegister, type GateState } from "./gate-register.ts";

export interface ChangeGate extends Wait {
  /** Who does it, for {@link Gate.inspect}; the process and its host unless given. */
  readonly by?: string | undefined;
}

export interface CloseGate extends ChangeGate {
  /** `session`: it opens when the session of this process ends. Unless given, it stays closed until somebody opens it. */
  readonly owner?: "session" | undefined;
}

/** How a gate stands, and who left it so. */
export interface GateView {
  readonly isOpen: boolean;
  /** Whether it opens when the session of who closed it ends. */
  readonly owner: "session" | undefined;
  /** Who opened or closed it last; `undefined` if nobody ever did. */
  readonly by: string | undefined;
  /** When, by the clock of who did. */
  readonly since: Date | undefined;
}

/**
 * Lets everybody pass while it is open, and holds them up while it is closed. A gate that was never closed is open.
 *
 * Guarantee: who waits passes once the gate is open, or was for any moment since the wait began, however soon it was
 * closed again, and whether or not this process could hear of it then.
 * Crash: a gate stays as it was left; closed by a process that died, it is for another to open. Closed with the owner
 * `session`, it opens within the time to live of that session and a heartbeat of a process that waits.
 * Cost: closing and opening two exchanges each, one or two more with an owner; a wait two and one announcement per
 * opening, however many wait.
 *
 * A register whose versions are closed and open in turn. Curator's DistributedBarrier, without missing a gate that was
 * opened for a moment only.
 */
export class Gate {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #title: string;
  readonly #register: GateRegister;
  readonly #closers: string;

  constructor(namespace: Namespace, name: string) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#title = `gate "${name}"`;
    this.#register = new GateRegister(namespace, this.#waits, `gate:${name}`);
    this.#closers = `gate:${name}`;
  }

  /** Closes it, if it is open. */
  async close({ owner, by = processName(), ...wait }: CloseGate = {}): Promise<void> {
    const began = performance.now();
    const seen = await this.#look(wait);
    if (!seen.isOpen) return;
    const closer = owner === "session" ? await this.#join(remaining(wait, began)) : undefined;
    const change = { isOpen: false, by, closer };
    // Otherwise another has closed it since.
    if (await this.#register.change(seen, change, remaining(wait, began))) return;
    await this.#leave(closer);
  }

  /** Opens it, if it is closed: everybody that waits passes. */
  async open({ by = processName(), ...wait }: ChangeGate = {}): Promise<void> {
    const began = performance.now();
    const seen = await this.#register.read(wait);
    if (seen.isOpen) return;
    await this.#register.change(seen, { isOpen: true, by }, remaining(wait, began));
    await this.#leave(seen.closer);
  }

  async isOpen(wait: Wait = {}): Promise<boolean> {
    return (await this.#look(wait)).isOpen;
  }

  /** How it stands, who left it so, and since when: for people. */
  async inspect(wait: Wait = {}): Promise<GateView> {
    const { isOpen, by, since, closer } = await this.#look(wait);
    return { isOpen, owner: closer === undefined ? undefined : "session", by, since };
  }

  /** Resolves once it is open, at once if it is. Rejects with a `SyncError` `timeout`. */
  async wait(wait: Wait = {}): Promise<void> {
    const began = performance.now();
    const seen = await this.#look(wait);
    if (seen.isOpen) return;
    try {
      await firstOf(remaining(wait, began), [
        (w) => this.#register.after(seen.version, w),
        ...(seen.closer === undefined ? [] : [(w: Wait) => this.#abandoned(seen, w)]),
      ]);
    } catch (error) {
      if (!(error instanceof SyncError && error.code === "timeout")) throw error;
      const closed = `${seen.by} closed it at ${seen.since?.toISOString()}`;
      const message = `${this.#title} was not opened within ${wait.timeoutMs} ms; ${closed}`;
      throw new SyncError("timeout", message, { cause: error });
    }
  }

  /** How it stands. One whose closer is dead is opened by whoever looks. */
  async #look(wait: Wait): Promise<GateState> {
    const began = performance.now();
    for (;;) {
      const seen = await this.#register.read(remaining(wait, began));
      if (seen.closer === undefined) return seen;
      const down = this.#down();
      await this.#waits.wait(remaining(wait, began), (w) => down.look(w));
      if (!down.has(seen.closer.id)) return seen;
      await this.#openFor(seen, remaining(wait, began));
    }
  }

  /** Resolves once its closer is dead, and it is open. */
  async #abandoned(seen: GateState, wait: Wait): Promise<void> {
    const down = this.#down();
    while (!down.has(seen.closer?.id ?? "")) {
      await this.#waits.wait(wait, (w) => down.another(w));
      await this.#waits.wait(wait, (w) => down.look(w));
    }
    await this.#openFor(seen, wait);
  }

  async #openFor(seen: GateState, wait: Wait): Promise<void> {
    await this.#register.change(seen, { isOpen: true, by: `the death of ${seen.by}` }, wait);
  }

  #down(): DownMembers {
    return new DownMembers(this.#namespace.groups, this.#closers);
  }

  async #join(wait: Wait): Promise<Closer> {
    const { id, ticket, session } = await this.#waits.write(wait, (m) =>
      this.#namespace.groups.join(this.#closers, m.requestId, "null", m),
    );
    return { id, ticket, session };
  }

  /** What is not said goodbye to goes with the session it is of, and opens nothing then. */
  async #leave(closer: Closer | undefined): Promise<void> {
    if (closer === undefined) return;
    const joined = { ...closer, group: this.#closers, lost: new AbortController().signal };
    const requestId = this.#namespace.requestId();
    await this.#namespace.groups.leave(joined, "left", { requestId }).catch(() => {});
  }
}

function processName(): string {
  return `process ${process.pid} on ${hostname()}`;
}
