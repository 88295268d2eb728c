import { EveryValue } from "./every-value.ts";
import type { Histogram } from "./instruments.ts";
import { finite } from "./metric-value.ts";
import type { Instrument, Measures } from "./observation.ts";
import type { Sample } from "./sample.ts";
import type { Summary } from "./summary.ts";

/** A histogram of what its sample keeps. */
export class SampledHistogram implements Histogram, Instrument {
  readonly type = "histogram";
  readonly kind = "histogram";
  /** What to call it in an error. */
  readonly #label: string;
  readonly #sample: Sample;

  constructor(name: string, sample: Sample) {
    this.#label = `the histogram '${name}'`;
    this.#sample = sample;
  }

  update(value: number): void {
    this.#sample.update(finite(this.#label, value));
  }

  summary(): Summary {
    return this.#sample.summary();
  }

  clear(): void {
    this.#sample.clear();
  }

  measures(): Measures {
    return { ...this.summary() };
  }

  harvest(): Measures {
    return this.measures();
  }
}

/** A histogram of the values since the last harvest. */
export class ResettingHistogram implements Histogram, Instrument {
  readonly type = "histogram";
  readonly kind = "resetting histogram";
  readonly #values: SampledHistogram;

  constructor(name: string) {
    this.#values = new SampledHistogram(name, new EveryValue());
  }

  update(value: number): void {
    this.#values.update(value);
  }

  summary(): Summary {
    return this.#values.summary();
  }

  clear(): void {
    this.#values.clear();
  }

  measures(): Measures {
    return this.#values.measures();
  }

  harvest(): Measures {
    const measures = this.measures();
    this.clear();
    return measures;
  }
}
