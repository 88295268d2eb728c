import type { Namespace, Versioned } from "../atoms/store.ts";
import { SyncError, VersionConflictError } from "../error.ts";
import { linkSignals } from "../on-abort.ts";
import { encodeValue } from "../payload.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";
import { ClaimLock, type Lockable } from "./claim-lock.ts";
import { lockId, reentrant, runHolding } from "./held-here.ts";
import { Lease } from "./lease.ts";

export interface OnceOptions extends Wait {
  /**
   * What becomes of a run that failed: `rethrow` records the failure for everybody; `retry` rejects the call that ran it,
   * and lets the next one try. `rethrow` unless given.
   */
  readonly onFailure?: "rethrow" | "retry" | undefined;
}

/** What a run of the work came to: JSON, kept for all who ask. */
type Outcome<T> =
  | { readonly type: "done"; readonly value: T }
  | { readonly type: "failed"; readonly message: string };

/**
 * Runs the work in one process of the run and gives its result, as JSON, to every caller of the name, now or later.
 *
 * Order: the first to ask runs it. Crash: if its process dies, or was taken for dead, the next caller in line runs it, so
 * that it may be run again in part; `lease.lost` stops a run that no longer counts, and only one result is ever recorded.
 * Failure: recorded, and every other caller gets a `SyncError` `failed` with its message, or tried by the next: `onFailure`.
 * Rejects also as the `lock` of a mutex does, with `reentrant` when the work asks for its own result.
 * Cost: one exchange once it is recorded; before that each caller queues once, and all hear of the result at once.
 *
 * A claim queue for whose turn it is, and a register for the result.
 */
export async function once<T>(
  namespace: Namespace,
  name: string,
  work: (lease: Lease) => T | Promise<T>,
  options: OnceOptions = {},
): Promise<T> {
  return new Once<T>(namespace, name).run(work, options);
}

class Once<T> {
  readonly #namespace: Namespace;
  readonly #title: string;
  readonly #name: string;
  readonly #waits: RunWaits;
  readonly #lockable: Lockable;
  readonly #lock: ClaimLock<Lease>;

  constructor(namespace: Namespace, name: string) {
    const title = `once "${name}"`;
    this.#namespace = namespace;
    this.#title = title;
    this.#name = `once:${name}`;
    this.#waits = runWaits(namespace);
    this.#lockable = {
      title,
      claim: { name: this.#name, capacity: 1, permits: 1 },
      refusal: () => reentrant(title),
    };
    this.#lock = new ClaimLock(namespace, (grant) => new Lease(namespace, grant));
  }

  async run(work: (lease: Lease) => T | Promise<T>, options: OnceOptions): Promise<T> {
    const began = performance.now();
    const known = await this.#read(options);
    const turn = known ?? (await this.#turn(remaining(options, began)));
    if (!(turn instanceof Lease)) return this.#valueIn(turn.json);
    try {
      const sinceQueued = await this.#read({});
      if (sinceQueued !== undefined) return this.#valueIn(sinceQueued.json);
      return await this.#runAs(turn, work, options);
    } finally {
      // The result is what counts; a turn that cannot be given back ends with the session.
      await turn.release().catch(() => {});
    }
  }

  #read(wait: Wait): Promise<Versioned | undefined> {
    return this.#waits.wait(wait, (w) => this.#namespace.registers.read(this.#name, w));
  }

  /** The right to run the work, or its result if that is there first. */
  async #turn(wait: Wait): Promise<Lease | Versioned> {
    const over = new AbortController();
    const heard = new AbortController();
    const result = this.#hear(over.signal).then((found) => {
      heard.abort();
      return found;
    });
    // What ends the watch before its time ends the request for the turn, too.
    result.catch(() => {});
    const link = linkSignals([wait.signal, heard.signal]);
    try {
      return await this.#lock.acquire(this.#lockable, { ...wait, signal: link.signal });
    } catch (error) {
      if (heard.signal.aborted && error === heard.signal.reason) return await result;
      throw error;
    } finally {
      link.release();
      over.abort();
    }
  }

  async #hear(signal: AbortSignal): Promise<Versioned> {
    const versions = this.#waits.follow({ signal }, (w) =>
      this.#namespace.registers.watch(this.#name, w),
    );
    for await (const found of versions) return found;
    throw new SyncError("closed", `${this.#title}: nothing is heard of it any more`);
  }

  async #runAs(
    lease: Lease,
    work: (lease: Lease) => T | Promise<T>,
    { onFailure = "rethrow" }: OnceOptions,
  ): Promise<T> {
    const holds = [[lockId(this.#namespace, this.#name), lease]] as const;
    try {
      const value = await runHolding(holds, async () => work(lease));
      return await this.#record(lease, { type: "done", value });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // What cannot be recorded was not run, as far as others are concerned: the next one tries.
      if (onFailure === "rethrow") {
        await this.#record(lease, { type: "failed", message }).catch(() => {});
      }
      throw error;
    }
  }

  /** Resolves with the value that is on record then, or rejects with the failure that is. */
  async #record(lease: Lease, outcome: Outcome<T>): Promise<T> {
    lease.lost.throwIfAborted();
    const json = encodeValue(this.#title, outcome);
    try {
      await this.#waits.write({}, (m) =>
        this.#namespace.registers.write(this.#name, json, { ...m, ifVersion: 0 }),
      );
      return this.#valueIn(json);
    } catch (error) {
      if (error instanceof VersionConflictError) return this.#valueIn(error.json ?? "");
      throw error;
    }
  }

  /** Written by this class only. */
  #valueIn(json: string): T {
    const outcome = JSON.parse(json) as Outcome<T>;
    if (outcome.type === "done") return outcome.value;
    throw new SyncError("failed", `${this.#title} failed where it was run: ${outcome.message}`);
  }
}
