import type { Sample } from "./sample.ts";
import { type Summary, summaryOf } from "./summary.ts";

interface Kept {
  readonly value: number;
  /** The logarithm of its priority, which needs no rescaling however long the sample lives. */
  readonly rank: number;
}

/** A value is the likelier to be kept the later it came: by the factor e^alpha a second. */
export class ExpDecaySample implements Sample {
  readonly #size: number;
  readonly #alpha: number;
  readonly #now: () => number;
  /** A heap, the next to be given up first. */
  #kept: Kept[] = [];
  #count = 0;

  /** `now` in milliseconds. */
  constructor(size: number, alpha: number, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#alpha = alpha;
    this.#now = now;
  }

  update(value: number): void {
    this.#count++;
    const rank = (this.#alpha * this.#now()) / 1_000 - Math.log(1 - Math.random());
    if (this.#kept.length < this.#size) {
      this.#kept.push({ value, rank });
      this.#rise(this.#kept.length - 1);
    } else if (rank > this.#rankAt(0)) {
      this.#kept[0] = { value, rank };
      this.#sink(0);
    }
  }

  summary(): Summary {
    return summaryOf(
      this.#kept.map(({ value }) => value),
      this.#count,
    );
  }

  clear(): void {
    this.#kept = [];
    this.#count = 0;
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#rankAt(parent) <= this.#rankAt(place)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const child = this.#rankAt(left + 1) < this.#rankAt(left) ? left + 1 : left;
      if (this.#rankAt(child) >= this.#rankAt(place)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #rankAt(place: number): number {
    return this.#kept[place]?.rank ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#kept[a], this.#kept[b]];
    if (first === undefined || second === undefined) return;
    this.#kept[a] = second;
    this.#kept[b] = first;
  }
}
