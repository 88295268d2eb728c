import type { Sample } from "./sample.ts";
import { type Summary, summaryOf } from "./summary.ts";

/** Every value has the same chance to be among those kept, whenever it came. */
export class UniformSample implements Sample {
  readonly #size: number;
  #values: number[] = [];
  #count = 0;

  constructor(size: number) {
    this.#size = size;
  }

  update(value: number): void {
    this.#count++;
    if (this.#values.length < this.#size) {
      this.#values.push(value);
      return;
    }
    const place = Math.floor(Math.random() * this.#count);
    if (place < this.#size) this.#values[place] = value;
  }

  summary(): Summary {
    return summaryOf([...this.#values], this.#count);
  }

  clear(): void {
    this.#values = [];
    this.#count = 0;
  }
}
