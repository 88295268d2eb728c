import { expect, test } from "vitest";
import { doubleBarrierPolicySuite, doubleBarrierSuite } from "./double-barrier.suite.ts";
import { measureTogether } from "./examples/double-barrier.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("double barrier", doubleBarrierSuite);
onEverySetUp("double barrier with a policy", doubleBarrierPolicySuite);

test("the example measures while everybody is at it", async () => {
  const run = await memoryRun();
  let measuring = 0;
  const measure = async (): Promise<number> => {
    measuring++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return measuring;
  };
  const counts = await Promise.all([1, 2, 3].map(() => measureTogether(run, 3, measure)));
  expect(counts).toEqual([3, 3, 3]);
  await run.close();
});
