/** How often averages take in what happened. */
export const TICK_MS = 5_000;

/** An exponentially weighted moving average of events a second. */
export class MovingAverage {
  readonly #alpha: number;
  #pending = 0;
  #rate: number | undefined;

  /** `alpha` is the weight of the latest tick, in which `TICK_MS` are supposed to have passed. */
  constructor(alpha: number) {
    this.#alpha = alpha;
  }

  get rate(): number {
    return this.#rate ?? 0;
  }

  update(n: number): void {
    this.#pending += n;
  }

  tick(): void {
    const latest = (this.#pending / TICK_MS) * 1_000;
    this.#pending = 0;
    const before = this.#rate ?? latest;
    this.#rate = before + this.#alpha * (latest - before);
  }
}
