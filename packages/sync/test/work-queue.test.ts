import { expect, test } from "vitest";
import { shareOut } from "./examples/work-queue.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";
import { workQueueSuite } from "./work-queue.suite.ts";

onEverySetUp("work queue", workQueueSuite);

test("the example has every job done once, by whoever is free", async () => {
  const run = await memoryRun();
  const stop = new AbortController();
  const done: string[] = [];
  const work = async (job: string): Promise<void> => {
    if (done.push(job) === 6) stop.abort(new Error("enough"));
  };
  const instances = [["a", "b", "c"], ["d", "e", "f"], []].map((mine) =>
    shareOut(run, mine, work, stop.signal),
  );
  for (const result of await Promise.allSettled(instances)) {
    expect(result).toMatchObject({ reason: { message: "enough" } });
  }
  expect(done.sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
});
