import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("without a sidecar a plan that shapes is refused before anything is done", async () => {
  const run = await runPlan("patterns/network-shaping", { case: "shaped" });
  expect(run.code).toBe(1);
  expect(run.stdout).toContain("'slow'");
  expect(run.values("rtt_ms")).toEqual([]);
});

test("without a sidecar a plan for both goes on unshaped", async () => {
  const run = await runPlan("patterns/network-shaping", { case: "either-way" });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("rtt_ms")).toHaveLength(3);
});
