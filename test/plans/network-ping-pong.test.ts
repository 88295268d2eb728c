import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("without a sidecar each pair takes two round trips unshaped", async () => {
  const run = await runPlan("network-ping-pong", { n: 6, case: "unshaped" });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("rtt_ms")).toHaveLength(2 * 3);
});

test("without a sidecar the shaped case is refused, and says which stage needs one", async () => {
  const run = await runPlan("network-ping-pong", { n: 2, case: "shaped" });
  expect(run.code).toBe(1);
  expect(run.stdout).toContain("link/shape");
  expect(run.values("rtt_ms")).toEqual([]);
});
