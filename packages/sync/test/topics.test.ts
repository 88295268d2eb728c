import { expect, test } from "vitest";
import { exchangeAddresses, readOn } from "./examples/topic.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";
import { topicSuite } from "./topics.suite.ts";

onEverySetUp("topics", topicSuite);

test("the example gives everybody the same addresses, and reads on", async () => {
  const run = await memoryRun();
  const [one, two] = await Promise.all(["a", "b"].map((at) => exchangeAddresses(run, at, 2)));
  expect(one).toEqual(two);
  const read = [...(one ?? [])];
  await exchangeAddresses(run, "c", 2);
  await readOn(run, read, "c");
  expect(read.toSorted()).toEqual(["a", "b", "c"]);
});
