import { expect, test } from "vitest";
import { swap } from "./examples/multi-lock.ts";
import { multiLockSuite } from "./multi-lock.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("multi-lock", multiLockSuite);

test("the example swaps in both directions without a deadlock", async () => {
  const run = await memoryRun();
  let swaps = 0;
  const exchange = async (): Promise<void> => {
    swaps++;
  };
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => swap(run, i % 2 ? ["a", "b"] : ["b", "a"], exchange)),
  );
  expect(swaps).toBe(10);
});
