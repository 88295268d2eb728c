import type { MeterRates, Timer } from "./instruments.ts";
import { LazyMeter } from "./meter.ts";
import { finite } from "./metric-value.ts";
import type { Instrument, Measures } from "./observation.ts";
import type { Sample } from "./sample.ts";
import type { Summary } from "./summary.ts";

const NANOSECONDS = 1e6;

/** A meter, and a sample of durations in nanoseconds. */
export class SampledTimer implements Timer, Instrument {
  readonly type = "timer";
  readonly kind = "timer";
  /** What to call it in an error. */
  readonly #label: string;
  readonly #sample: Sample;
  readonly #meter: LazyMeter;

  constructor(name: string, sample: Sample) {
    this.#label = `the timer '${name}'`;
    this.#sample = sample;
    this.#meter = new LazyMeter(name);
  }

  update(durationMs: number): void {
    const duration = finite(this.#label, durationMs);
    this.#sample.update(Math.round(duration * NANOSECONDS));
    this.#meter.mark();
  }

  updateSince(startMs: number): void {
    this.update(performance.now() - startMs);
  }

  time<T>(body: () => T): T {
    const start = performance.now();
    const result = body();
    if (!(result instanceof Promise)) {
      this.updateSince(start);
      return result;
    }
    const timed = result.then((value: unknown) => {
      this.updateSince(start);
      return value;
    });
    // What the promise resolves with is handed on unchanged.
    return timed as T;
  }

  summary(): Summary {
    return this.#sample.summary();
  }

  rates(): MeterRates {
    return this.#meter.rates();
  }

  measures(): Measures {
    const { count, max, mean, min, ...rest } = this.summary();
    const { m1, m15, m5, mean: meanrate } = this.rates();
    return { count, m1, m15, m5, max, mean, meanrate, min, ...rest };
  }

  harvest(): Measures {
    return this.measures();
  }
}
