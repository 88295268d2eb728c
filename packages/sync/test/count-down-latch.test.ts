import { expect, test } from "vitest";
import { countDownLatchSuite } from "./count-down-latch.suite.ts";
import { waitForParts, work } from "./examples/count-down-latch.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("count down latch", countDownLatchSuite);

test("the example waits for all parts", async () => {
  const run = await memoryRun();
  const waiting = waitForParts(run, 5);
  await Promise.all([work(run, 2), work(run, 3)]);
  await expect(waiting).resolves.toBeUndefined();
});
