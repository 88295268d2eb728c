import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("startup measures how long it took each instance to meet the others", async () => {
  const run = await runPlan("benchmarks", { n: 5, case: "startup" });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  for (const name of ["time_to_meet_ms", "first_barrier_ms"]) {
    expect(run.values(name)).toHaveLength(5);
    expect(Math.min(...run.values(name))).toBeGreaterThan(0);
  }
});

test("barriers measures each share as often as it is asked to, at each instance", async () => {
  const run = await runPlan("benchmarks", { n: 5, case: "barriers", params: ["iterations=3"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  for (const share of [20, 40, 60, 80, 100]) {
    expect(run.values(`barrier_${share}_ms`)).toHaveLength(5 * 3);
  }
});

test("every subscriber of subtree reads all that is published, of each size", async () => {
  const run = await runPlan("benchmarks", { n: 4, case: "subtree", params: ["iterations=6"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  for (const size of [64, 256, 1_024, 4_096]) {
    expect(run.values(`publish_${size}_ms`)).toHaveLength(6);
    expect(run.values(`read_${size}`)).toEqual(times(3, 6));
  }
});
