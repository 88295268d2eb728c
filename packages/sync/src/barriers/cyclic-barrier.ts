import type { CounterKey, Namespace } from "../atoms/store.ts";
import { OnceOnly } from "../once-only.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/** Where an arrival at a {@link CyclicBarrier} belongs. */
export interface Arrival {
  /** From 1. */
  readonly round: number;
  /** From 1 to the number of parties: who came how soon. */
  readonly place: number;
}

/**
 * Releases its parties together, round after round.
 *
 * Guarantee: arrival n belongs to round ⌈n / parties⌉ and is released with the last of that round, never before. The
 * number of parties is kept in the store: a process that names another is refused with `mismatch`.
 * Crash: an arrival counts also after its process died, or gave up waiting; it has no members whose absence it would
 * notice, so that others wait for a missing arrival until their time is over.
 * Cost: one exchange an arrival, one announcement a round.
 *
 * A counter awaited by rounds. `java.util.concurrent.CyclicBarrier`, over processes, without its broken state.
 */
export class CyclicBarrier {
  readonly parties: number;
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #key: CounterKey;
  readonly #declared: OnceOnly;

  constructor(namespace: Namespace, name: string, parties: number) {
    this.parties = parties;
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#key = { kind: "own", name: `cycle:${name}` };
    this.#declared = new OnceOnly(() =>
      this.#waits.write({}, (m) => namespace.counters.declare(this.#key, parties, m)),
    );
  }

  /** Arrives, and waits for the other parties of the round. Rejects with a `SyncError` `timeout`; the arrival counts. */
  async arrive(wait: Wait = {}): Promise<Arrival> {
    const { parties } = this;
    const began = performance.now();
    await this.#declared.done(wait);
    const seq = await this.#waits.write(remaining(wait, began), (m) =>
      this.#namespace.counters.addAndReach(this.#key, { roundOf: parties }, m),
    );
    return { round: Math.ceil(seq / parties), place: ((seq - 1) % parties) + 1 };
  }
}
