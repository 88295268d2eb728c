/** Numbers that a seed decides. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.between(0, from.length - 1)] ?? from[0];
  }

  /** Some of them, in their order. */
  some<T>(from: readonly T[], least: number): readonly T[] {
    const count = this.between(least, from.length);
    const ranked = from.map((item) => ({ item, rank: this.next() }));
    const last = [...ranked].sort((a, b) => a.rank - b.rank)[count - 1]?.rank ?? 0;
    return ranked.filter(({ rank }) => rank <= last).map(({ item }) => item);
  }
}
