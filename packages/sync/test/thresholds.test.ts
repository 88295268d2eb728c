import fc from "fast-check";
import { expect, test } from "vitest";
import { Thresholds } from "../src/thresholds.ts";

interface Waiter {
  readonly key: string;
  readonly target: number;
  /** By the model: somebody has passed its target since it waits. */
  expected: boolean;
  released: boolean;
}

const key = fc.constantFrom("a", "b");
const number = fc.integer({ min: 0, max: 8 });
const step = fc.record({ kind: fc.constantFrom("wait", "advance"), key, number });

/** Waiters of real thresholds, beside what a list of them says must happen. */
class Both {
  readonly thresholds = new Thresholds();
  readonly stop = new AbortController();
  readonly waiters: Waiter[] = [];

  wait(key: string, target: number): void {
    const waiter: Waiter = { key, target, expected: false, released: false };
    this.waiters.push(waiter);
    const release = (): void => {
      waiter.released = true;
    };
    const wait = { signal: this.stop.signal };
    this.thresholds.wait(key, target, wait, () => "").then(release, () => {});
  }

  advance(key: string, value: number): void {
    this.thresholds.advance(key, value);
    const passed = this.waiters.filter((each) => each.key === key && each.target <= value);
    for (const waiter of passed) waiter.expected = true;
  }
}

test("whatever the order of waits and growth, exactly those are released whose target was passed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const both = new Both();
      const { waiters, thresholds } = both;
      for (const { kind, key, number } of steps) {
        if (kind === "wait") both.wait(key, number);
        else both.advance(key, number);
      }
      await Promise.resolve();
      expect(waiters.map((w) => w.released)).toEqual(waiters.map((w) => w.expected));
      const left = waiters.filter((w) => !w.expected).map((w) => w.key);
      expect(new Set(thresholds.awaited().map(([name]) => name))).toEqual(new Set(left));
      both.stop.abort();
      expect(thresholds.awaited()).toEqual([]);
    }),
  );
});
