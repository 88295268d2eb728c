import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("the observers find all victims and nobody else, and draw the same probes", async () => {
  const params = ["victims=2", "probes=3"];
  const run = await runPlan("patterns/random-subset", { n: 6, params });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("victims_found")).toEqual(times(4, 2));
  expect(run.values("wrongly_accused")).toEqual(times(4, 0));
  expect(run.values("different_draws")).toEqual(times(4, 1));
});
