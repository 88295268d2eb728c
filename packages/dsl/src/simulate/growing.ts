/** A number that grows by one at a time, and those who wait for it to reach another. */
export class Growing {
  readonly #waiting = new Map<number, Set<() => void>>();
  #value = 0;

  get value(): number {
    return this.#value;
  }

  grow(): number {
    this.#value++;
    const waiters = this.#waiting.get(this.#value);
    this.#waiting.delete(this.#value);
    for (const wake of waiters ?? []) wake();
    return this.#value;
  }

  /** Calls back as soon as it has come so far; returns what takes that back, if it is still to come. */
  reach(target: number, wake: () => void): (() => void) | undefined {
    if (this.#value >= target) {
      wake();
      return undefined;
    }
    const waiters = this.#waiting.get(target) ?? new Set();
    this.#waiting.set(target, waiters);
    waiters.add(wake);
    return () => waiters.delete(wake);
  }
}
