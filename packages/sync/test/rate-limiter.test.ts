import { expect, test } from "vitest";
import { dialAll } from "./examples/rate-limiter.ts";
import { rateLimiterSuite } from "./rate-limiter.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("rate limiter", rateLimiterSuite);

test("the example dials everybody", async () => {
  const run = await memoryRun();
  const dialled: string[] = [];
  const dial = async (peer: string): Promise<void> => void dialled.push(peer);
  await Promise.all([dialAll(run, ["a", "b"], dial), dialAll(run, ["c"], dial)]);
  expect(dialled.toSorted()).toEqual(["a", "b", "c"]);
});
