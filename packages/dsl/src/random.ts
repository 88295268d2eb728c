import { createHash } from "node:crypto";
import { xoshiro128 } from "./xoshiro128.ts";

/** Draws that a seed fixes: the same seed gives the same ones on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** So many different places of the list, in the order they are drawn. */
  sample<T>(from: readonly T[], n: number): T[];
  /** The whole list in another order; the one given stays as it is. */
  shuffle<T>(list: readonly T[]): T[];
}

/**
 * Draws fixed by the parts of a seed. The generator's state is the SHA-256 of the seed, so that seeds that differ in a
 * digit have nothing in common.
 */
export function seededRandom(...seed: readonly (string | number)[]): Random {
  const hash = createHash("sha256").update(JSON.stringify(seed)).digest();
  const word = (index: number): number => hash.readUInt32LE(index * 4);
  return new Draws(xoshiro128(Uint32Array.of(word(0), word(1), word(2), word(3))));
}

class Draws implements Random {
  readonly #bits: () => number;

  constructor(bits: () => number) {
    this.#bits = bits;
  }

  next(): number {
    // 53 bits, as many as the fraction of a number has.
    return ((this.#bits() >>> 5) * 2 ** 26 + (this.#bits() >>> 6)) / 2 ** 53;
  }

  int(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new RangeError(`random.int(${below}): write a whole number, 1 or more`);
    }
    return Math.floor(this.next() * below);
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("random.pick: the list is empty");
    // The index is one of the list's.
    return from[this.int(from.length)] as T;
  }

  sample<T>(from: readonly T[], n: number): T[] {
    if (!Number.isSafeInteger(n) || n < 0 || n > from.length) {
      throw new RangeError(
        `random.sample: ${n} of a list of ${from.length}; write a whole number, 0 to ${from.length}`,
      );
    }
    const list = [...from];
    for (let i = 0; i < n; i++) {
      const j = i + this.int(list.length - i);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
    return list.slice(0, n);
  }

  shuffle<T>(list: readonly T[]): T[] {
    return this.sample(list, list.length);
  }
}
