import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("all join with one configuration, the leader with what it published", async () => {
  const run = await runPlan("patterns/leader-config", { n: 5 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("joined")).toEqual(times(5, 5));
  expect(run.values("configurations")).toEqual(times(5, 1));
});
