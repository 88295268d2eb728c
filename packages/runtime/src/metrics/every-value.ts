import type { Sample } from "./sample.ts";
import { type Moments, type Summary, summary, summaryOf } from "./summary.ts";

/** Up to so many values are kept as they are. */
const EXACT = 1024;

/**
 * A sample of all values, in bounded memory.
 *
 * Count, mean, variance and extremes are exact; percentiles are exact for 1,024 values and fewer. For more they lie less
 * than 0.1 % (2^-10) nearer to zero than the true value, whatever its size; whole numbers below 2,048 stay exact.
 */
export class EveryValue implements Sample {
  #exact: number[] = [];
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #mean = 0;
  #squares = 0;
  #min = 0;
  #max = 0;

  update(value: number): void {
    this.#note(value);
    if (this.#count <= EXACT) {
      this.#exact.push(value);
      return;
    }
    if (this.#exact.length > 0) this.#spill();
    this.#drop(value);
  }

  summary(): Summary {
    const moments = this.#moments();
    if (this.#count <= EXACT) {
      return { ...summaryOf([...this.#exact]), ...moments, stddev: Math.sqrt(moments.variance) };
    }
    const ranks = this.#ranks();
    const at = (rank: number): number => {
      const edge = ranks.find(({ last }) => rank <= last)?.edge ?? this.#max;
      return Math.min(Math.max(edge, this.#min), this.#max);
    };
    return summary(moments, this.#count, at);
  }

  clear(): void {
    this.#exact = [];
    this.#buckets.clear();
    this.#count = 0;
    this.#mean = 0;
    this.#squares = 0;
  }

  #note(value: number): void {
    if (this.#count === 0 || value < this.#min) this.#min = value;
    if (this.#count === 0 || value > this.#max) this.#max = value;
    this.#count++;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  #spill(): void {
    for (const value of this.#exact) this.#drop(value);
    this.#exact = [];
  }

  #drop(value: number): void {
    const bucket = bucketOf(value);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  #moments(): Moments {
    const count = this.#count;
    if (count === 0) return { count, max: 0, mean: 0, min: 0, variance: 0 };
    const variance = this.#squares / count;
    return { count, max: this.#max, mean: this.#mean, min: this.#min, variance };
  }

  /** The buckets in order, each with the rank of its last value. */
  #ranks(): readonly { readonly edge: number; readonly last: number }[] {
    let last = 0;
    return [...this.#buckets]
      .sort(([a], [b]) => a - b)
      .map(([bucket, size]) => {
        last += size;
        return { edge: edgeOf(bucket), last };
      });
  }
}

const double = new DataView(new ArrayBuffer(8));

/** A double's exponent and the first ten bits of its fraction: buckets a thousandth wide, from the smallest to the largest. */
function bucketOf(value: number): number {
  double.setFloat64(0, Math.abs(value));
  const bucket = double.getUint32(0) >>> 10;
  return value < 0 ? -bucket : bucket;
}

/** What of a bucket is nearest to zero. */
function edgeOf(bucket: number): number {
  double.setUint32(0, Math.abs(bucket) << 10);
  double.setUint32(4, 0);
  const edge = double.getFloat64(0);
  return bucket < 0 ? -edge : edge;
}
