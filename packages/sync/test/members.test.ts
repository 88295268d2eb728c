import { expect, test } from "vitest";
import { meetByName } from "./examples/barrier.ts";
import { memberSuite } from "./members.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("barriers of members", memberSuite);

test("the example tells who is missing", async () => {
  const run = await memoryRun();
  const all = ["a", "b", "c"];
  const two = ["a", "b"].map((me) => meetByName(run, me, all, 40));
  expect(await Promise.all(two)).toEqual(["without c", "without c"]);
  expect(await meetByName(run, "c", all, 1_000)).toBe("all here");
});
