import { countOutOfRange, declaredOtherwise, endOfRound } from "../atoms/counter-target.ts";
import type { CounterAddition, Counters, Target } from "../atoms/store.ts";
import { countTimeout, declaredTimeout } from "../describe.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Thresholds } from "../thresholds.ts";
import { remaining, type Wait } from "../wait.ts";
import { Answers } from "./answers.ts";

interface Counter {
  count: number;
  declared: number | undefined;
  readonly answers: Answers<number>;
}

/** The counters of all runs by full key. */
export class CounterState {
  readonly #counters = new Map<string, Counter>();
  readonly #grown: (key: string, value: number) => void;

  constructor(grown: (key: string, value: number) => void) {
    this.#grown = grown;
  }

  add(key: string, addition: CounterAddition): number {
    const { requestId, by = 1, onlyIf } = addition;
    const counter = this.#counterOf(key);
    const before = counter.answers.before(addition);
    if (before !== undefined) return before;
    const isWanted = onlyIf === undefined || (onlyIf === "even") === (counter.count % 2 === 0);
    const count = isWanted ? counter.count + by : counter.count;
    if (!Number.isSafeInteger(count)) throw countOutOfRange(key);
    counter.answers.give(requestId, count);
    counter.count = count;
    if (isWanted) this.#grown(key, count);
    return count;
  }

  declare(key: string, target: number): void {
    const counter = this.#counterOf(key);
    counter.declared ??= target;
    if (counter.declared !== target) throw declaredOtherwise(key, counter.declared, target);
    this.#grown(auxiliaryKey("dcl", key), 1);
  }

  declared(key: string): number | undefined {
    return this.#counters.get(key)?.declared;
  }

  count(key: string): number {
    return this.#counters.get(key)?.count ?? 0;
  }

  contributors(key: string): readonly string[] {
    return this.#counters.get(key)?.answers.requestIds() ?? [];
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#counters.keys()]) if (concerns(key)) this.#counters.delete(key);
  }

  #counterOf(key: string): Counter {
    const there = this.#counters.get(key);
    if (there !== undefined) return there;
    const made: Counter = { count: 0, declared: undefined, answers: new Answers(key) };
    this.#counters.set(key, made);
    return made;
  }
}

export function memoryCounters(
  state: CounterState,
  thresholds: Thresholds,
  guard: () => void,
): Counters<string> {
  const add = (key: string, addition: CounterAddition): number => {
    guard();
    return state.add(key, addition);
  };
  const reachCount = async (key: string, target: number, wait: Wait, given?: number) => {
    if (state.count(key) >= target) return;
    const late = (ms: number): string => countTimeout(key, state.count(key), target, given ?? ms);
    await thresholds.wait(key, target, wait, late);
  };
  const reach = async (key: string, target: Target, from: number, wait: Wait): Promise<void> => {
    if (typeof target === "number") return reachCount(key, target, wait);
    if (target !== "declared") return reachCount(key, endOfRound(from, target.roundOf), wait);
    const began = performance.now();
    if (state.declared(key) === undefined) {
      const late = (ms: number): string => declaredTimeout(key, ms);
      await thresholds.wait(auxiliaryKey("dcl", key), 1, wait, late);
    }
    const rest = remaining(wait, began);
    await reachCount(key, state.declared(key) ?? 0, rest, wait.timeoutMs);
  };
  return {
    add: async (key, addition) => add(key, addition),
    async addAndReach(key, target, addition) {
      const seq = add(key, addition);
      await reach(key, target, seq, addition);
      return seq;
    },
    async reach(key, target, wait = {}) {
      guard();
      await reach(key, target, state.count(key), wait);
    },
    declare: async (key, target) => {
      guard();
      state.declare(key, target);
    },
    declared: async (key) => {
      guard();
      return state.declared(key);
    },
    read: async (key) => {
      guard();
      return state.count(key);
    },
    contributors: async (key) => {
      guard();
      return state.contributors(key);
    },
  };
}
