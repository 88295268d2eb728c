import { expect, test } from "vitest";
import { startTogether } from "./examples/gate.ts";
import { gateSuite } from "./gate.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("gate", gateSuite);

test("the example starts all together", async () => {
  const run = await memoryRun();
  const starts = await Promise.all([true, false, false].map((lead) => startTogether(run, lead)));
  expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(5_000);
});
