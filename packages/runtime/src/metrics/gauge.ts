import type { FunctionalGauge, Gauge } from "./instruments.ts";
import { finite } from "./metric-value.ts";
import type { Instrument, Measures } from "./observation.ts";

/** A gauge that is told its value. */
export class ValueGauge implements Gauge, Instrument {
  readonly type = "gauge";
  readonly kind = "gauge";
  /** What to call it in an error. */
  readonly #label: string;
  #value = 0;

  constructor(name: string) {
    this.#label = `the gauge '${name}'`;
  }

  get value(): number {
    return this.#value;
  }

  update(value: number): void {
    this.#value = finite(this.#label, value);
  }

  measures(): Measures {
    return { value: this.#value };
  }

  harvest(): Measures {
    return this.measures();
  }
}

/** A gauge that asks for its value. */
export class ComputedGauge implements FunctionalGauge, Instrument {
  readonly type = "gauge";
  readonly kind = "functional gauge";
  readonly #compute: () => number;

  constructor(compute: () => number) {
    this.#compute = compute;
  }

  get value(): number {
    return this.#compute();
  }

  measures(): Measures {
    return { value: this.#compute() };
  }

  harvest(): Measures {
    return this.measures();
  }
}
