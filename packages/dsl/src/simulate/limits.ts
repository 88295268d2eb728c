import type { VirtualTime } from "./virtual-time.ts";

/** When the waits of one instance end. */
export class Limits {
  readonly #time: VirtualTime;
  /** What ends with the run's time, which one event stands for. */
  readonly #atRunsEnd = new Set<() => void>();
  /** In whole microseconds; none before the roster is complete. */
  #runsEnd = Number.NaN;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The instance's time begins: in so many milliseconds the run is over for it, if it is not by then. */
  begin(timeoutMs: number): void {
    this.#runsEnd = this.#time.moment(timeoutMs);
    this.#time.atLast(timeoutMs, () => {
      for (const expire of [...this.#atRunsEnd]) expire();
    });
  }

  limit(ms: number, expire: () => void): () => void {
    // Not by exact number: what is left was computed with fractions.
    if (Math.abs(this.#time.moment(ms) - this.#runsEnd) <= 1) {
      this.#atRunsEnd.add(expire);
      return () => this.#atRunsEnd.delete(expire);
    }
    const event = this.#time.after(ms, expire, "limit");
    return () => this.#time.callOff(event);
  }
}
