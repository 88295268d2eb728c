import type { Counter } from "./instruments.ts";
import { whole } from "./metric-value.ts";
import type { Instrument, Measures } from "./observation.ts";

/** A counter that begins anew at each harvest. */
export class ResettingCounter implements Counter, Instrument {
  readonly type = "counter";
  readonly kind = "counter";
  /** What to call it in an error. */
  readonly #label: string;
  #total = 0;
  #harvested = 0;

  constructor(name: string) {
    this.#label = `the counter '${name}'`;
  }

  get count(): number {
    return this.#total - this.#harvested;
  }

  inc(by = 1): void {
    this.#total += whole(this.#label, by);
  }

  dec(by = 1): void {
    this.inc(-by);
  }

  clear(): void {
    this.#total = this.#harvested;
  }

  measures(): Measures {
    return { count: this.#total };
  }

  harvest(): Measures {
    const { count } = this;
    this.#harvested = this.#total;
    return { count };
  }
}
