interface Scored {
  readonly id: string;
  readonly score: number;
}

/** Ids in the order of their scores, and of the ids where scores are equal. */
export class ScoredSet {
  readonly #scores = new Map<string, number>();
  readonly #ordered: Scored[] = [];

  get size(): number {
    return this.#ordered.length;
  }

  get first(): Scored | undefined {
    return this.#ordered[0];
  }

  add(id: string, score: number): void {
    this.delete(id);
    this.#scores.set(id, score);
    this.#ordered.splice(this.#placeOf(id, score), 0, { id, score });
  }

  delete(id: string): boolean {
    const score = this.#scores.get(id);
    if (score === undefined) return false;
    this.#scores.delete(id);
    this.#ordered.splice(this.#placeOf(id, score), 1);
    return true;
  }

  score(id: string): number | undefined {
    return this.#scores.get(id);
  }

  /** The first of those with at most that score. */
  upTo(most: number, count: number): readonly string[] {
    const found: string[] = [];
    for (const { id, score } of this.#ordered) {
      if (score > most || found.length === count) break;
      found.push(id);
    }
    return found;
  }

  #placeOf(id: string, score: number): number {
    let [low, high] = [0, this.#ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#ordered[middle];
      if (there !== undefined && isBefore(there, { id, score })) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(a: Scored, b: Scored): boolean {
  return a.score < b.score || (a.score === b.score && a.id < b.id);
}
