import type { CounterKey, Namespace } from "@groundplan/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

const KEY: CounterKey = { kind: "own", name: "c" };

/** What counters can do besides being signalled and awaited by number. */
export function targetSuite({ pair }: Ground): void {
  test("an addition of several counts as many, and its number is the last of them", async () => {
    const [a, b] = await pair();
    expect(await a.counters.add(KEY, { requestId: "1", by: 10 })).toBe(10);
    expect(await b.counters.add(KEY, { requestId: "2", by: 5 })).toBe(15);
    expect(await b.counters.add(KEY, { requestId: "1", by: 10 })).toBe(10);
    expect(await a.counters.read(KEY)).toBe(15);
  });

  test("an addition wakes every target it passes", async () => {
    const [a, b] = await pair();
    const waits = [3, 5, 8].map((target) => b.counters.reach(KEY, target, { timeoutMs: 5_000 }));
    await a.counters.add(KEY, { requestId: "1", by: 8 });
    await Promise.all(waits);
  });

  test("a conditional addition leaves a count of the other parity, also when it is repeated", async () => {
    const [a, b] = await pair();
    const add = (n: Namespace, requestId: string, onlyIf: "even" | "odd"): Promise<number> =>
      n.counters.add(KEY, { requestId, onlyIf });
    expect(await add(a, "1", "odd")).toBe(0);
    expect(await add(a, "2", "even")).toBe(1);
    expect(await add(b, "3", "even")).toBe(1);
    expect(await add(b, "1", "odd")).toBe(0);
    expect(await add(b, "4", "odd")).toBe(2);
    expect(await a.counters.read(KEY)).toBe(2);
  });

  test("of concurrent conditional additions one counts", async () => {
    const [a, b] = await pair();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 ? a : b).counters.add(KEY, { requestId: `${i}`, onlyIf: "even" }),
      ),
    );
    expect(await a.counters.read(KEY)).toBe(1);
  });

  test("a wait for the declared target blocks until it is declared and reached [69]", async () => {
    const [a, b] = await pair();
    let passed = 0;
    const waits = [a, b, a].map((n) => n.counters.reach(KEY, "declared").then(() => passed++));
    await a.counters.add(KEY, { requestId: "1", by: 2 });
    expect(passed).toBe(0);
    await b.counters.declare(KEY, 3, { requestId: "2" });
    expect(await a.counters.declared(KEY)).toBe(3);
    expect(passed).toBe(0);
    const seq = await b.counters.addAndReach(KEY, "declared", { requestId: "3" });
    expect(seq).toBe(3);
    await Promise.all(waits);
  });

  test("who adds and waits before the declaration is released by it", async () => {
    const [a, b] = await pair();
    const both = Promise.all([
      a.counters.addAndReach(KEY, "declared", { requestId: "1" }),
      b.counters.addAndReach(KEY, "declared", { requestId: "2" }),
    ]);
    while ((await a.counters.read(KEY)) < 2);
    await a.counters.declare(KEY, 2, { requestId: "3" });
    expect((await both).sort()).toEqual([1, 2]);
  });

  test("the first declaration stands: the same again is fine, another is a mismatch", async () => {
    const [a, b] = await pair();
    expect(await b.counters.declared(KEY)).toBeUndefined();
    await a.counters.declare(KEY, 5, { requestId: "1" });
    await b.counters.declare(KEY, 5, { requestId: "2" });
    await expect(b.counters.declare(KEY, 6, { requestId: "3" })).rejects.toMatchObject({
      code: "mismatch",
      message: expect.stringContaining("declared with 5 before, and now with 6"),
    });
    expect(await b.counters.declared(KEY)).toBe(5);
  });

  test("0 can be declared, and is reached at once", async () => {
    const [a, b] = await pair();
    const wait = b.counters.reach(KEY, "declared");
    await a.counters.declare(KEY, 0, { requestId: "1" });
    await wait;
    expect(await b.counters.declared(KEY)).toBe(0);
  });

  test("a wait for the end of a round ends with the round of its own addition", async () => {
    const [a, b] = await pair();
    const round = { roundOf: 2 };
    const arrive = (n: Namespace, id: string): Promise<number> =>
      n.counters.addAndReach(KEY, round, { requestId: id });
    for (let i = 0; i < 3; i++) {
      expect((await Promise.all([arrive(a, `a${i}`), arrive(b, `b${i}`)])).sort()).toEqual(
        [2 * i + 1, 2 * i + 2].sort(),
      );
    }
    await a.counters.reach(KEY, round);
    const third = arrive(a, "a3");
    while ((await b.counters.read(KEY)) < 7);
    let passed = false;
    const onlooker = b.counters.reach(KEY, round).then(() => {
      passed = true;
    });
    expect(passed).toBe(false);
    await arrive(b, "b3");
    await Promise.all([third, onlooker]);
  });

  test("waits for what is not declared run out of time and say so", async () => {
    const [a] = await pair();
    const wait = { requestId: "1", timeoutMs: 30 };
    for (const late of [
      a.counters.reach(KEY, "declared", wait),
      a.counters.addAndReach(KEY, "declared", wait),
    ]) {
      await expect(late).rejects.toMatchObject({
        code: "timeout",
        message: expect.stringContaining("nobody said within 30 ms"),
      });
    }
    await a.counters.declare(KEY, 4, { requestId: "2" });
    await expect(a.counters.reach(KEY, "declared", wait)).rejects.toMatchObject({
      message: expect.stringMatching(/1 of 4 after 30 ms/),
    });
  });

  test("additions, targets and rounds are checked, and counts stay exact", async () => {
    const [a] = await pair();
    const { counters } = a;
    for (const by of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
      const add = counters.add(KEY, { requestId: "1", by });
      await expect(add).rejects.toMatchObject({ code: "range" });
    }
    for (const roundOf of [0, -1, 0.5, Number.NaN]) {
      await expect(counters.reach(KEY, { roundOf })).rejects.toMatchObject({ code: "range" });
    }
    await expect(counters.declare(KEY, -1, { requestId: "1" })).rejects.toMatchObject({
      code: "range",
    });
    await counters.add(KEY, { requestId: "2", by: Number.MAX_SAFE_INTEGER });
    await expect(counters.add(KEY, { requestId: "3" })).rejects.toMatchObject({ code: "range" });
    expect(await counters.read(KEY)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("random additions from two processes count as one after another would", async () => {
    const addition = fc.record({
      here: fc.boolean(),
      id: fc.integer({ min: 0, max: 6 }),
      by: fc.integer({ min: 1, max: 4 }),
      onlyIf: fc.constantFrom(undefined, "even" as const, "odd" as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(addition, { maxLength: 15 }), async (additions) => {
        const [a, b] = await pair();
        const model = new CounterModel();
        for (const { here, id, by, onlyIf } of additions) {
          const { counters } = here ? a : b;
          const answer = model.add(id, by, onlyIf);
          expect(await counters.add(KEY, { requestId: `${id}`, by, onlyIf })).toBe(answer);
        }
        expect(await a.counters.read(KEY)).toBe(model.count);
      }),
      { numRuns: 25 },
    );
  });
}

/** A counter, if one addition comes after another. */
class CounterModel {
  count = 0;
  readonly #answers = new Map<number, number>();

  add(id: number, by: number, onlyIf: "even" | "odd" | undefined): number {
    const before = this.#answers.get(id);
    if (before !== undefined) return before;
    const parity = this.count % 2 === 0 ? "even" : "odd";
    if (onlyIf === undefined || onlyIf === parity) this.count += by;
    this.#answers.set(id, this.count);
    return this.count;
  }
}
