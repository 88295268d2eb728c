import type { Joined } from "../atoms/groups.ts";
import type { Namespace, Versioned } from "../atoms/store.ts";
import { SyncError, VersionConflictError } from "../error.ts";
import type { RunWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";

/** As whom the owner of a closed gate is in the group whose deaths open it. */
export type Closer = Pick<Joined, "id" | "ticket" | "session">;

export interface GateState {
  readonly version: number;
  readonly isOpen: boolean;
  readonly by: string | undefined;
  readonly since: Date | undefined;
  readonly closer: Closer | undefined;
}

interface Change {
  readonly isOpen: boolean;
  readonly by: string;
  readonly closer?: Closer | undefined;
}

const UNTOUCHED: GateState = {
  version: 0,
  isOpen: true,
  by: undefined,
  since: undefined,
  closer: undefined,
};

/** The state of a gate. Each change is to the opposite: the version after a closed one was open. */
export class GateRegister {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #name: string;

  constructor(namespace: Namespace, waits: RunWaits, name: string) {
    this.#namespace = namespace;
    this.#waits = waits;
    this.#name = name;
  }

  async read(wait: Wait): Promise<GateState> {
    const { registers } = this.#namespace;
    return stateIn(await this.#waits.wait(wait, (w) => registers.read(this.#name, w)));
  }

  /** Resolves once there is a later version. */
  async after(version: number, wait: Wait): Promise<void> {
    const { registers } = this.#namespace;
    const follow = { ...wait, after: version };
    const versions = this.#waits.follow(follow, (w) => registers.watch(this.#name, w));
    for await (const _ of versions) return;
    throw new SyncError("closed", "nothing is heard of the gate any more");
  }

  /** Resolves with whether nobody else has changed it since it was seen. */
  async change(seen: GateState, change: Change, wait: Wait): Promise<boolean> {
    // The time is for people only: nothing is decided by this process' clock.
    const json = JSON.stringify({ ...change, at: Date.now() });
    try {
      await this.#waits.write({ ...wait, ifVersion: seen.version }, (w) =>
        this.#namespace.registers.write(this.#name, json, w),
      );
      return true;
    } catch (error) {
      if (error instanceof VersionConflictError) return false;
      throw error;
    }
  }
}

/** Written by {@link GateRegister.change} only. */
function stateIn(held: Versioned | undefined): GateState {
  if (held === undefined) return UNTOUCHED;
  const { isOpen, by, closer, at } = JSON.parse(held.json) as Change & { readonly at: number };
  return { version: held.version, isOpen, by, closer, since: new Date(at) };
}
