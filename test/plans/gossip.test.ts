import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("a rumour spreads round by round until all have heard it", async () => {
  const run = await runPlan("gossip", { n: 8 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const heard = run.values("heard");
  expect(heard).toEqual(heard.toSorted((a, b) => a - b));
  // The origin tells two others in the first round.
  expect(heard[0]).toBe(3);
  expect(heard.at(-1)).toBe(8);
  expect(run.values("rounds")).toEqual([heard.length]);
});

test("a peer that is killed on the way keeps nobody from hearing it", async () => {
  const run = await runPlan("gossip", { n: 6, params: ["killed=4"], processes: 6 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("left")).toEqual([5]);
  expect(run.values("heard").at(-1)).toBe(5);
  expect(run.stdout).toMatch(/#4 \(peer\) died in 'spread/);
});
