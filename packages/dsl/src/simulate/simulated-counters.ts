import {
  type CounterAddition,
  type CounterKey,
  type Counters,
  type Target,
  UnsupportedPrimitiveError,
  type Wait,
} from "@groundplan/sync";
import type { Line } from "./line.ts";

import { type SimulatedStore, STORE_NAME } from "./simulated-store.ts";

/** The counters of a simulated store, as one instance reaches them. */
export class SimulatedCounters implements Counters<CounterKey> {
  readonly #line: Line;
  readonly #store: SimulatedStore;

  constructor(line: Line, store: SimulatedStore) {
    this.#line = line;
    this.#store = store;
  }

  add(key: CounterKey, addition: CounterAddition): Promise<number> {
    checkPlain(addition);
    const at = keyOf(key);
    return this.#line.ask({ what: at, isWrite: true }, addition, (answer) => {
      answer.give(this.#store.add(at, addition.requestId));
      return undefined;
    });
  }

  addAndReach(key: CounterKey, target: Target, addition: CounterAddition): Promise<number> {
    checkPlain(addition);
    const at = keyOf(key);
    const count = numberOf(target);
    return this.#line.ask({ what: at, isWrite: true }, addition, (answer) => {
      const seq = this.#store.add(at, addition.requestId);
      return this.#store.count(at).reach(count, () => answer.give(seq));
    });
  }

  reach(key: CounterKey, target: Target, wait: Wait = {}): Promise<void> {
    const at = keyOf(key);
    const count = numberOf(target);
    return this.#line.ask<void>({ what: at }, wait, (answer) =>
      this.#store.count(at).reach(count, () => answer.give()),
    );
  }

  async declare(): Promise<void> {
    throw new UnsupportedPrimitiveError("declared targets", STORE_NAME);
  }

  async declared(): Promise<undefined> {
    throw new UnsupportedPrimitiveError("declared targets", STORE_NAME);
  }

  read(key: CounterKey, wait: Wait = {}): Promise<number> {
    const at = keyOf(key);
    return this.#line.ask({ what: at }, wait, (answer) => {
      answer.give(this.#store.count(at).value);
      return undefined;
    });
  }

  contributors(key: CounterKey, wait: Wait = {}): Promise<readonly string[]> {
    const at = keyOf(key);
    return this.#line.ask<readonly string[]>({ what: at }, wait, (answer) => {
      answer.give(this.#store.contributors(at));
      return undefined;
    });
  }
}

/** The key of a Testground state, which outside instances signal. */
export function stateKey(name: string): string {
  return keyOf({ kind: "state", name });
}

function keyOf({ kind, name }: CounterKey): string {
  return `${kind === "state" ? "state" : "counter"} "${name}"`;
}

function numberOf(target: Target): number {
  if (typeof target === "number") return target;
  throw new UnsupportedPrimitiveError("declared targets", STORE_NAME);
}

function checkPlain({ by = 1, onlyIf }: CounterAddition): void {
  if (by === 1 && onlyIf === undefined) return;
  throw new UnsupportedPrimitiveError("additions of more than one", STORE_NAME);
}
