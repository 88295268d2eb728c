import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("every leech downloads the whole block of every seed", async () => {
  const params = ["leeches=2", "blockBytes=100000"];
  const run = await runPlan("patterns/role-assignment", { n: 5, params });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("seeds_reached")).toEqual(times(2, 3));
  expect(run.values("bytes")).toEqual(times(2, 300_000));
});

test("more leeches than there are instances are refused before anything runs", async () => {
  const run = await runPlan("patterns/role-assignment", { n: 3, params: ["leeches=3"] });
  expect(run.code).toBe(2);
  expect(run.stderr).toContain("needs at least 4 instances, one for each role (leech, seed)");
});
