import type { CounterKey, Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { SharedWork } from "../shared-work.ts";
import { remaining, type Wait } from "../wait.ts";

export interface IdGeneratorOptions {
  /**
   * How many ids this process takes at a time; 1 unless given. With 1 ids are dense and in the order of the store; with
   * more they cost less, leave gaps where a process ended, and tell nothing of the order between processes.
   */
  readonly blockSize?: number | undefined;
}

/**
 * Whole numbers from 1, each given once in the run.
 *
 * Guarantee: unique over all processes, whatever their block sizes, also when an answer was lost; within a block dense.
 * Crash: what a process had taken and not given out is lost, at most a block.
 * Cost: one exchange for every id or block.
 *
 * A counter that is added to in blocks: the HiLo algorithm.
 */
export class IdGenerator {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #key: CounterKey;
  readonly #blockSize: number;
  readonly #block: SharedWork;
  #next = 1;
  #last = 0;

  /** Throws a `SyncError` `range` for a block size that is no whole number from 1. */
  constructor(namespace: Namespace, name: string, { blockSize = 1 }: IdGeneratorOptions = {}) {
    if (!Number.isSafeInteger(blockSize) || blockSize < 1) {
      throw new SyncError(
        "range",
        `ids "${name}": a block of ${blockSize}; take 1 or more at a time`,
      );
    }
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#key = { kind: "own", name: `ids:${name}` };
    this.#blockSize = blockSize;
    this.#block = new SharedWork(() => this.#take());
  }

  /** An id that nobody else has. */
  async next(wait: Wait = {}): Promise<number> {
    if (this.#blockSize === 1) return this.#add(wait);
    const began = performance.now();
    while (this.#next > this.#last) await this.#block.join(remaining(wait, began));
    return this.#next++;
  }

  async #take(): Promise<void> {
    this.#last = await this.#add({});
    this.#next = this.#last - this.#blockSize + 1;
  }

  #add(wait: Wait): Promise<number> {
    return this.#waits.write(wait, (m) =>
      this.#namespace.counters.add(this.#key, { ...m, by: this.#blockSize }),
    );
  }
}
