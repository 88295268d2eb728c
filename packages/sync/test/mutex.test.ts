import { expect, test } from "vitest";
import { appendLine } from "./examples/mutex.ts";
import { mutexSuite } from "./mutex.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("mutex, its leases", mutexSuite);

test("the example lets one instance at a time at the disk, with growing tokens", async () => {
  const run = await memoryRun();
  const lines: [string, number][] = [];
  const disk = async (line: string, token: number): Promise<void> => {
    lines.push([line, token]);
  };
  await Promise.all(["a", "b", "c"].map((line) => appendLine(run, line, disk)));
  expect(lines).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
});
