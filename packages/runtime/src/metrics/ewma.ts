import type { Ewma } from "./instruments.ts";
import { finite } from "./metric-value.ts";
import { MovingAverage } from "./moving-average.ts";
import type { Instrument, Measures } from "./observation.ts";

/** A moving average that its user ticks. */
export class TickedEwma implements Ewma, Instrument {
  readonly type = "ewma";
  readonly kind = "EWMA";
  /** What to call it in an error. */
  readonly #label: string;
  readonly #average: MovingAverage;

  constructor(name: string, alpha: number) {
    this.#label = `the EWMA '${name}'`;
    this.#average = new MovingAverage(alpha);
  }

  get rate(): number {
    return this.#average.rate;
  }

  update(n: number): void {
    this.#average.update(finite(this.#label, n));
  }

  tick(): void {
    this.#average.tick();
  }

  measures(): Measures {
    return { rate: this.rate };
  }

  harvest(): Measures {
    return this.measures();
  }
}
