import { type Pending, pending, type Wait } from "./wait.ts";

/** Those in this process that wait for growing numbers, by key. Knows nothing of how a number grows. */
export class Thresholds {
  readonly #waiting = new Map<string, Map<number, Set<Pending<number>>>>();

  /** Resolves, with the number that was reached, once {@link advance} says so. */
  wait(
    key: string,
    target: number,
    wait: Wait,
    describe: (timeoutMs: number) => string,
  ): Promise<number> {
    const targets = this.#waiting.get(key) ?? new Map<number, Set<Pending<number>>>();
    this.#waiting.set(key, targets);
    const waiters = targets.get(target) ?? new Set<Pending<number>>();
    targets.set(target, waiters);
    const waiter = pending<number>(wait, describe, () => this.#leave(key, target, waiter));
    waiters.add(waiter);
    return waiter.promise;
  }

  /** The number of `key` is at least `value` now. */
  advance(key: string, value: number): void {
    for (const [target, waiters] of this.#waiting.get(key) ?? []) {
      if (target > value) continue;
      for (const waiter of [...waiters]) waiter.resolve(value);
    }
  }

  /** Keys that are waited for, each with its distinct targets. */
  awaited(): readonly (readonly [key: string, targets: readonly number[]])[] {
    return [...this.#waiting].map(([key, targets]) => [key, [...targets.keys()]]);
  }

  rejectAll(error: unknown, concerns: (key: string) => boolean = () => true): void {
    for (const [key, targets] of [...this.#waiting]) {
      if (!concerns(key)) continue;
      for (const waiters of [...targets.values()]) {
        for (const waiter of [...waiters]) waiter.reject(error);
      }
    }
  }

  #leave(key: string, target: number, waiter: Pending<number>): void {
    const targets = this.#waiting.get(key);
    const waiters = targets?.get(target);
    waiters?.delete(waiter);
    if (waiters?.size === 0) targets?.delete(target);
    if (targets?.size === 0) this.#waiting.delete(key);
  }
}
