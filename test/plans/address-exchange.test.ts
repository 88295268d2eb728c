import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("everyone meets everyone else at the address that was exchanged", async () => {
  const run = await runPlan("patterns/address-exchange", { n: 6 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("others_met")).toEqual(times(6, 5));
});
