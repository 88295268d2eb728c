import { expect, test } from "vitest";
import { meet } from "./examples/exchanger.ts";
import { exchangerSuite } from "./exchanger.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("exchanger", exchangerSuite);

test("the example finds a partner for everybody", async () => {
  const run = await memoryRun();
  expect(await Promise.all([meet(run, "a"), meet(run, "b")])).toEqual(["b", "a"]);
});
