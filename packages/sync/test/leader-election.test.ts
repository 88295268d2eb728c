import { expect, test } from "vitest";
import { findLeader, lead } from "./examples/leader-election.ts";
import { leaderElectionSuite } from "./leader-election.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("leader election", leaderElectionSuite);

test("the example lets one serve after the other, and finds who does", async () => {
  const run = await memoryRun();
  const served: [string, number][] = [];
  const leading = ["here:1", "there:2"].map((address) =>
    lead(run, address, async (term) => {
      expect(await findLeader(run)).toBe(address);
      served.push([address, term]);
    }),
  );
  await Promise.all(leading);
  expect(served).toEqual([
    ["here:1", 1],
    ["there:2", 2],
  ]);
});
