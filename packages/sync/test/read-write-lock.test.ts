import { expect, test } from "vitest";
import { renewAndMeasure } from "./examples/read-write-lock.ts";
import { readWriteLockSuite } from "./read-write-lock.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("read-write lock", readWriteLockSuite);

test("the example measures by the routes that it renewed", async () => {
  const run = await memoryRun();
  let routes = 0;
  const renew = async (): Promise<void> => {
    routes++;
  };
  const measured = await Promise.all(
    Array.from({ length: 5 }, () => renewAndMeasure(run, renew, async () => routes)),
  );
  expect(measured).toEqual([1, 2, 3, 4, 5]);
});
