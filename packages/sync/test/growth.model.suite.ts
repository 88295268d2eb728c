import type { Entry, Namespace } from "@groundplan/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

const KEYS = ["one", "two"] as const;
const STEPS = ["add", "append", "reach", "read", "snapshot"] as const;

/** What is asked of one of two stores. `n` is the request id of a write, the target of a wait. */
interface Step {
  readonly type: (typeof STEPS)[number];
  readonly by: 0 | 1;
  readonly key: (typeof KEYS)[number];
  readonly n: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(...STEPS),
  by: fc.constantFrom(0 as const, 1 as const),
  key: fc.constantFrom(...KEYS),
  n: fc.integer({ min: 1, max: 8 }),
});

/** Steps of one burst are under way together; a burst begins when the one before has been answered. */
const bursts = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 6 });

/** Random interleavings of counters and logs, seen from two stores, against what a sequence of the same steps gives. */
export function growthModelSuite({ pair }: Ground): void {
  test("whatever comes together, counters and logs are as if one thing had come after the other", async () => {
    await fc.assert(
      fc.asyncProperty(bursts, async (all) => {
        const model = new Model(await pair());
        for (const burst of all) await model.play(burst);
        await model.end();
      }),
      { numRuns: 30 },
    );
  });
}

/** One sequence of numbers: a count, or a log. */
class Sequence {
  /** By request id. */
  readonly numbers = new Map<number, number>();
  order: readonly string[] = [];

  get length(): number {
    return this.numbers.size;
  }

  /** Each id that is new got one of the next numbers, and every other the number it had. */
  grow(answers: readonly { readonly id: number; readonly number: number }[]): void {
    const before = this.length;
    for (const { id, number } of answers) {
      expect(this.numbers.get(id) ?? number, `request ${id}`).toBe(number);
      this.numbers.set(id, number);
    }
    const fresh = [...this.numbers.values()].sort((a, b) => a - b).slice(before);
    expect(fresh).toEqual(fresh.map((_, i) => before + i + 1));
  }
}

class Model {
  readonly #sides: readonly [Namespace, Namespace];
  readonly #counts = { one: new Sequence(), two: new Sequence() };
  readonly #logs = { one: new Sequence(), two: new Sequence() };
  readonly #stop = new AbortController();
  readonly #waits: { readonly step: Step; isOver: boolean; readonly over: Promise<void> }[] = [];

  constructor(sides: readonly [Namespace, Namespace]) {
    this.#sides = sides;
  }

  async play(burst: readonly Step[]): Promise<void> {
    for (const waited of burst.filter(({ type }) => type === "reach")) this.#wait(waited);
    const before = KEYS.map((key) => [key, this.#counts[key].length] as const);
    const [adds, appends, reads, snapshots] = await Promise.all([
      this.#all(burst, "add", ({ counters }, name, requestId) =>
        counters.add({ kind: "state", name }, { requestId }),
      ),
      this.#all(burst, "append", ({ logs }, name, requestId) =>
        logs.append({ kind: "topic", name }, requestId, { requestId }),
      ),
      this.#all(burst, "read", ({ counters }, name) => counters.read({ kind: "state", name })),
      this.#all(burst, "snapshot", ({ logs }, name) => logs.snapshot({ kind: "topic", name })),
    ]);
    for (const key of KEYS) {
      const [counts, entries] = [this.#counts[key], this.#logs[key]];
      counts.grow(of(key, adds).map(({ n, answer }) => ({ id: n, number: answer })));
      entries.grow(of(key, appends).map(({ n, answer }) => ({ id: n, number: answer })));
      await this.#checkNow(key);
      const least = before.find(([name]) => name === key)?.[1] ?? 0;
      for (const { answer } of of(key, reads)) {
        expect(answer).toBeGreaterThanOrEqual(least);
        expect(answer).toBeLessThanOrEqual(counts.length);
      }
      for (const { answer } of of(key, snapshots)) {
        expect(texts(answer)).toEqual(entries.order.slice(0, answer.length));
      }
    }
    await this.#checkWaits();
  }

  /** What was never reached is still waited for. */
  async end(): Promise<void> {
    const open = this.#waits.filter(({ step: { key, n } }) => n > this.#counts[key].length);
    expect(open.filter(({ isOver }) => isOver)).toEqual([]);
    this.#stop.abort(new Error("enough"));
    await Promise.allSettled(open.map(({ over }) => over));
  }

  #wait(waited: Step): void {
    const { key: name, n } = waited;
    const { signal } = this.#stop;
    const over = this.#sides[waited.by].counters.reach({ kind: "state", name }, n, { signal });
    const wait = { step: waited, isOver: false, over };
    over.then(
      () => {
        wait.isOver = true;
      },
      () => {},
    );
    this.#waits.push(wait);
  }

  async #all<T>(
    burst: readonly Step[],
    type: Step["type"],
    ask: (side: Namespace, name: string, requestId: string) => Promise<T>,
  ): Promise<readonly (Step & { readonly answer: T })[]> {
    const mine = burst.filter((asked) => asked.type === type);
    return Promise.all(
      mine.map(async (asked) => ({
        ...asked,
        answer: await ask(this.#sides[asked.by], asked.key, `${asked.n}`),
      })),
    );
  }

  /** Both stores see the same, and it is what the model has. */
  async #checkNow(key: Step["key"]): Promise<void> {
    const [counts, log] = [this.#counts[key], this.#logs[key]];
    const inOrder = [...log.numbers].sort(([, a], [, b]) => a - b).map(([id]) => `${id}`);
    for (const { counters, logs } of this.#sides) {
      expect(await counters.read({ kind: "state", name: key })).toBe(counts.length);
      expect(texts(await logs.snapshot({ kind: "topic", name: key }))).toEqual(inOrder);
      const ids = await counters.contributors({ kind: "state", name: key });
      expect([...ids].sort()).toEqual([...counts.numbers.keys()].map(String).sort());
    }
    expect(inOrder.slice(0, log.order.length)).toEqual(log.order);
    log.order = inOrder;
  }

  async #checkWaits(): Promise<void> {
    for (const wait of this.#waits) {
      const { key, n } = wait.step;
      if (n <= this.#counts[key].length) await wait.over;
      else expect(wait.isOver, `${key} reached ${n}`).toBe(false);
    }
  }
}

function of<T extends Step>(key: Step["key"], steps: readonly T[]): readonly T[] {
  return steps.filter((asked) => asked.key === key);
}

function texts(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ json }) => json);
}
