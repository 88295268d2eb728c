import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("every lookup finds the closest of all nodes, in about as many hops as the logarithm of their number", async () => {
  const n = 12;
  const run = await runPlan("dht", { n, params: ["k=2", "lookups=6"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("found_closest")).toEqual(times(n, 6));
  expect(run.values("hops")).toHaveLength(n * 6);
  expect(Math.max(...run.values("hops"))).toBeLessThanOrEqual(Math.log2(n) + 2);
  // Small buckets: otherwise everybody would know everybody, and there would be nothing to look up.
  expect(Math.max(...run.values("contacts_known"))).toBeLessThan(n - 1);
  expect(Math.max(...run.values("hops"))).toBeGreaterThan(1);
});
