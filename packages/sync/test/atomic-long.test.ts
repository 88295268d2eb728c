import { AtomicLong } from "@groundplan/sync";
import { expect, test } from "vitest";
import { atomicLongSuite } from "./atomic-long.suite.ts";
import { spend } from "./examples/atomic-long.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("atomic long", atomicLongSuite);

test("the example never overdraws the budget", async () => {
  const run = await memoryRun();
  await new AtomicLong(run, "budget").set(10);
  const spent = await Promise.all(Array.from({ length: 5 }, () => spend(run, 3)));
  expect(spent.filter(Boolean)).toHaveLength(3);
  expect(await new AtomicLong(run, "budget").get()).toBe(1);
});
