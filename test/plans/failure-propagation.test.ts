import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("when one fails all end, with its name, stage and error", async () => {
  const options = { n: 4, case: "abort", params: ["failing=3"], processes: 4 };
  const run = await runPlan("patterns/failure-propagation", options);
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/#3 \(peer\) failed in 'greet'/);
  expect(run.values("greeted")).toEqual([]);
  // Far below the five minutes that the run has.
  expect(run.ms).toBeLessThan(60_000);
});

test("where nobody fails all are greeted", async () => {
  const run = await runPlan("patterns/failure-propagation", { case: "abort" });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("greeted")).toEqual(times(4, 4));
});

test("where half of the peers are enough the others agree on who is left", async () => {
  const options = { n: 5, case: "tolerate", params: ["failing=3"], processes: 5 };
  const run = await runPlan("patterns/failure-propagation", options);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/#3.*lost its disk/);
  expect(run.values("left")).toEqual(times(4, 4));
});
