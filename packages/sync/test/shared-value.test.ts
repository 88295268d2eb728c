import { expect, test } from "vitest";
import { report, winner } from "./examples/shared-value.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";
import { sharedValueSuite } from "./shared-value.suite.ts";

onEverySetUp("shared value", sharedValueSuite);

test("the example finds the winner among all reports", async () => {
  const run = await memoryRun();
  const found = winner(run, 3);
  await Promise.all([report(run, "a", 1), report(run, "b", 3), report(run, "c", 2)]);
  expect(await found).toBe("b");
});
