import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("every byte that is sent over any of the connections is received", async () => {
  const params = ["rounds=2", "peers=3", "connections=5", "bytes=20000"];
  const run = await runPlan("storm", { n: 6, params });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("bytes_sent")).toEqual(times(6, 2 * 3 * 5 * 20_000));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  expect(sum(run.values("bytes_received"))).toBe(6 * 2 * 3 * 5 * 20_000);
  expect(sum(run.values("connections_accepted"))).toBe(6 * 2 * 3 * 5);
});
