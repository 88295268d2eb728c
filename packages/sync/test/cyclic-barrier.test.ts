import { expect, test } from "vitest";
import { cyclicBarrierSuite } from "./cyclic-barrier.suite.ts";
import { simulate } from "./examples/cyclic-barrier.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("cyclic barrier", cyclicBarrierSuite);

test("the example has one last to arrive in every step", async () => {
  const run = await memoryRun();
  const last = await Promise.all([1, 2, 3].map(() => simulate(run, 3, 4)));
  expect(last.reduce((sum, n) => sum + n)).toBe(4);
});
