import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("each client dials until it is let in, and passes the barrier once", async () => {
  const run = await runPlan("patterns/dial-with-backoff", { n: 5, params: ["refusals=3"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("attempts")).toEqual(times(4, 4));
  expect(run.values("admitted")).toEqual([4]);
});
