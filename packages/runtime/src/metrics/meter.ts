import type { Meter, MeterRates } from "./instruments.ts";
import { finite } from "./metric-value.ts";
import { MovingAverage, TICK_MS } from "./moving-average.ts";
import type { Instrument, Measures } from "./observation.ts";

const overMinutes = (minutes: number): MovingAverage =>
  new MovingAverage(1 - Math.exp(-TICK_MS / (minutes * 60_000)));

/** A meter without a timer: the ticks that are due happen before it is used. */
export class LazyMeter implements Meter, Instrument {
  readonly type = "meter";
  readonly kind = "meter";
  /** What to call it in an error. */
  readonly #label: string;
  readonly #now: () => number;
  readonly #start: number;
  readonly #m1: MovingAverage = overMinutes(1);
  readonly #m5: MovingAverage = overMinutes(5);
  readonly #m15: MovingAverage = overMinutes(15);
  #count = 0;
  #ticks = 0;

  /** `now` in milliseconds. */
  constructor(name: string, now: () => number = () => performance.now()) {
    this.#label = `the meter '${name}'`;
    this.#now = now;
    this.#start = now();
  }

  mark(n = 1): void {
    finite(this.#label, n);
    this.#catchUp();
    this.#count += n;
    for (const average of [this.#m1, this.#m5, this.#m15]) average.update(n);
  }

  rates(): MeterRates {
    this.#catchUp();
    const count = this.#count;
    const seconds = (this.#now() - this.#start) / 1_000;
    const mean = seconds > 0 ? count / seconds : 0;
    return { count, m1: this.#m1.rate, m15: this.#m15.rate, m5: this.#m5.rate, mean };
  }

  measures(): Measures {
    return { ...this.rates() };
  }

  harvest(): Measures {
    return this.measures();
  }

  #catchUp(): void {
    const due = Math.floor((this.#now() - this.#start) / TICK_MS);
    for (; this.#ticks < due; this.#ticks++) {
      for (const average of [this.#m1, this.#m5, this.#m15]) average.tick();
    }
  }
}
