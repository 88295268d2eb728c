import type { Namespace, Versioned } from "../atoms/store.ts";
import { SyncError, VersionConflictError } from "../error.ts";
import type { RunWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/** How far the rounds of a double barrier have come, as one value that only who knows it can change. */
export interface Progress {
  /** The last round that has begun; 0 before the first. */
  readonly round: number;
  /** Whether its members are still inside. */
  readonly isRunning: boolean;
  readonly version: number;
}

const BEFORE: Progress = { round: 0, isRunning: false, version: 0 };

/** The progress of one double barrier in its register. */
export class DoubleBarrierProgress {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #name: string;

  constructor(namespace: Namespace, waits: RunWaits, name: string) {
    this.#namespace = namespace;
    this.#waits = waits;
    this.#name = name;
  }

  async read(wait: Wait): Promise<Progress> {
    const { registers } = this.#namespace;
    return progressIn(await this.#waits.wait(wait, (w) => registers.read(this.#name, w)));
  }

  /** Resolves once it is as wanted. */
  async until(isWanted: (progress: Progress) => boolean, wait: Wait): Promise<Progress> {
    const began = performance.now();
    for (let after = 0; ; ) {
      const progress = await this.#next(after, remaining(wait, began));
      if (isWanted(progress)) return progress;
      after = progress.version;
    }
  }

  async #next(after: number, wait: Wait): Promise<Progress> {
    const versions = this.#waits.follow({ ...wait, after }, (w) =>
      this.#namespace.registers.watch(this.#name, w),
    );
    for await (const held of versions) return progressIn(held);
    throw new SyncError("closed", "nothing is heard of the double barrier any more");
  }

  /** Changes it unless somebody else has, since `seen`; resolves with whether it did. Works in an aborted run, too. */
  async change(
    seen: Progress,
    { round, isRunning }: Pick<Progress, "round" | "isRunning">,
    wait: Wait,
  ): Promise<boolean> {
    const requestId = this.#namespace.requestId();
    const json = JSON.stringify({ round, isRunning });
    try {
      const write = { ...wait, requestId, ifVersion: seen.version };
      await this.#namespace.registers.write(this.#name, json, write);
      return true;
    } catch (error) {
      if (error instanceof VersionConflictError) return false;
      throw error;
    }
  }
}

/** Written by this class only. */
function progressIn(held: Versioned | undefined): Progress {
  if (held === undefined) return BEFORE;
  const { round, isRunning } = JSON.parse(held.json) as Pick<Progress, "round" | "isRunning">;
  return { round, isRunning, version: held.version };
}
