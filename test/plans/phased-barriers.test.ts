import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("behind each barrier the server has seen all clients, those with nothing to do included", async () => {
  const run = await runPlan("patterns/phased-barriers", { n: 6 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("connections")).toEqual([5]);
  // #2, #4 and #6 of the clients #2 to #6.
  expect(run.values("uploads")).toEqual([3]);
});
