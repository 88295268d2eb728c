import type { CounterKey, Namespace } from "../atoms/store.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";

/**
 * Holds everybody up until it was counted down as often as somebody said it takes. Then it is open for good; for another
 * time take another name.
 *
 * Guarantee: a wait before {@link CountDownLatch.init} blocks until the number is named and reached. A count-down counts
 * once, however often it had to be sent, and may come before the number is named.
 * Crash: the count-downs of a process that died stay.
 * Cost: a count-down is one exchange, a wait one, two before the number is known; one announcement when it opens.
 *
 * A counter with a declared target. `java.util.concurrent.CountDownLatch`, over processes.
 */
export class CountDownLatch {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #key: CounterKey;
  #declared: number | undefined;

  constructor(namespace: Namespace, name: string) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#key = { kind: "own", name: `latch:${name}` };
  }

  /** Names how many count-downs it takes. The same number again changes nothing; another rejects with `mismatch`. */
  async init(count: number, wait: Wait = {}): Promise<void> {
    await this.#waits.write(wait, (m) => this.#namespace.counters.declare(this.#key, count, m));
    this.#declared = count;
  }

  /** Counts down; resolves with how many are left, `undefined` as long as nobody named the number. */
  countDown(wait: Wait = {}): Promise<number | undefined> {
    return this.#waits.write(wait, async (m) =>
      this.#left(await this.#namespace.counters.add(this.#key, m), m),
    );
  }

  /** Counts down and waits until none is left, in one exchange. */
  async countDownAndWait(wait: Wait = {}): Promise<void> {
    await this.#waits.write(wait, (m) =>
      this.#namespace.counters.addAndReach(this.#key, "declared", m),
    );
  }

  /** Resolves once none is left. Rejects with a `SyncError` `timeout` that says how many are. */
  wait(wait: Wait = {}): Promise<void> {
    return this.#waits.wait(wait, (w) => this.#namespace.counters.reach(this.#key, "declared", w));
  }

  /** How many are left, never less than 0; `undefined` as long as nobody named the number. */
  remaining(wait: Wait = {}): Promise<number | undefined> {
    return this.#waits.wait(wait, async (w) =>
      this.#left(await this.#namespace.counters.read(this.#key, w), w),
    );
  }

  async #left(count: number, { signal, timeoutMs }: Wait): Promise<number | undefined> {
    this.#declared ??= await this.#namespace.counters.declared(this.#key, { signal, timeoutMs });
    return this.#declared === undefined ? undefined : Math.max(0, this.#declared - count);
  }
}
