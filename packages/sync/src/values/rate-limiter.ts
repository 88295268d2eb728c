import type { Due, Rate } from "../atoms/rates.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { OnceOnly } from "../once-only.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { sleep } from "../sleep.ts";
import { remaining, type Wait } from "../wait.ts";

export interface RateOptions {
  /** How many permits there are in `perMs`. */
  readonly permits: number;
  /** Milliseconds; 1,000 unless given. */
  readonly perMs?: number | undefined;
  /** How many permits may go at once when none went for long; 1 unless given. */
  readonly burst?: number | undefined;
}

/** How long taking back a reservation may take before it is let go: then its permits are wasted. */
const REFUND_MS = 1_000;

/**
 * Lets things happen at no more than a rate, over all processes of the run together.
 *
 * Guarantee: permits are due in the order of arrival at the store, by its clock alone, spaced by the interval; in any
 * window of time no more than its share and a burst, so that a burst of 1 never exceeds the rate. A wait is known when it
 * begins, and never longer.
 * Crash: the permits of a process that died before they were due are wasted.
 * Cost: one exchange a call, and no announcements: everybody waits by its own timer.
 *
 * The generic cell rate algorithm (ITU-T I.371) with reservations.
 */
export class RateLimiter {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #name: string;
  readonly #isSet: OnceOnly;

  /** The rate is kept in the store: a process that names another is refused with `mismatch`. */
  constructor(namespace: Namespace, name: string, rate: RateOptions) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#name = `limiter:${name}`;
    this.#isSet = new OnceOnly(() =>
      this.#waits.write({}, (m) =>
        namespace.rates.configure(this.#name, { ...m, ...asRate(rate) }),
      ),
    );
  }

  /**
   * Resolves when the permits are due. Rejects with a `SyncError`: `timeout`, at once, if that would be later than
   * `timeoutMs`; `range` for more permits than a burst. A wait that is given up gives its permits back if no other came
   * after it.
   */
  async acquire(permits = 1, wait: Wait = {}): Promise<void> {
    const { isReserved, waitMs } = await this.#reserve(permits, wait, wait.timeoutMs);
    if (isReserved) return;
    throw new SyncError(
      "timeout",
      `limiter "${this.#name.slice("limiter:".length)}": the permits are due in ${Math.ceil(waitMs)} ms, and the call waits ${wait.timeoutMs} ms`,
    );
  }

  /** Takes the permits if they are due at once; resolves with whether they were. */
  async tryAcquire(permits = 1, wait: Wait = {}): Promise<boolean> {
    return (await this.#reserve(permits, wait, 0)).isReserved;
  }

  /**
   * Sets another rate for everybody. Permits that were given already go on to count (`keep`) or are forgotten (`drop`);
   * what waits goes on to wait as long as it was told.
   */
  async setRate(rate: RateOptions, used: "keep" | "drop", wait: Wait = {}): Promise<void> {
    const began = performance.now();
    await this.#isSet.done(wait);
    await this.#waits.write(remaining(wait, began), (m) =>
      this.#namespace.rates.configure(this.#name, { ...m, ...asRate(rate), used }),
    );
  }

  async #reserve(permits: number, wait: Wait, patienceMs: number | undefined): Promise<Due> {
    const began = performance.now();
    await this.#isSet.done(wait);
    const rest = remaining(wait, began);
    const maxWaitMs =
      patienceMs === undefined ? undefined : Math.min(patienceMs, rest.timeoutMs ?? patienceMs);
    return this.#waits.write(rest, async (mutation) => {
      const { requestId, signal } = mutation;
      try {
        const due = await this.#namespace.rates.reserve(this.#name, {
          ...mutation,
          permits,
          maxWaitMs,
        });
        if (due.isReserved) await sleep(due.waitMs, signal);
        return due;
      } catch (error) {
        if (signal?.aborted || isTimeout(error)) await this.#refund(requestId);
        throw error;
      }
    });
  }

  async #refund(requestId: string): Promise<void> {
    const wait = { timeoutMs: REFUND_MS };
    await this.#namespace.rates.refund(this.#name, requestId, wait).catch(() => {});
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}

/** Whole microseconds, rounded up: never more than the rate. */
function asRate({ permits, perMs = 1_000, burst = 1 }: RateOptions): Rate {
  return { intervalUs: Math.ceil((perMs * 1_000) / permits), burst };
}
