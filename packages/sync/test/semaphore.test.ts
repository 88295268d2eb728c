import { expect, test } from "vitest";
import { dialGently } from "./examples/semaphore.ts";
import { semaphoreSuite } from "./semaphore.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("semaphore", semaphoreSuite);

test("the example dials no more than ten at a time", async () => {
  const run = await memoryRun();
  let [dialling, most] = [0, 0];
  const dial = (weight: number) => async (): Promise<void> => {
    dialling += weight;
    most = Math.max(most, dialling);
    await new Promise((resolve) => setImmediate(resolve));
    dialling -= weight;
  };
  const dials = Array.from({ length: 30 }, (_, i) =>
    dialGently(run, i % 3 === 0, dial(i % 3 === 0 ? 3 : 1)),
  );
  await Promise.all(dials);
  expect(most).toBeGreaterThan(7);
  expect(most).toBeLessThanOrEqual(10);
});
