import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("one instance reports what all have measured, and no server leaves before its clients", async () => {
  const params = ["servers=2", "requests=10"];
  const run = await runPlan("patterns/metrics-and-teardown", { n: 6, params });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("requests")).toEqual([30]);
  expect(run.values("served")).toEqual([30]);
  const [p50 = 0] = run.values("rtt_p50_ms");
  const [p99 = 0] = run.values("rtt_p99_ms");
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
});
