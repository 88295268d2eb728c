import { expect, test } from "vitest";
import { runPlan } from "./run-plan.ts";

test("light nodes begin when three of four have paid, and the fourth pays behind them", async () => {
  const run = await runPlan("patterns/wait-for-a-subset", { n: 7 });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("payments_seen")).toEqual([3, 3]);
});

test("of three validators light nodes need all", async () => {
  const run = await runPlan("patterns/wait-for-a-subset", { n: 5, params: ["validators=3"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("payments_seen")).toEqual([3]);
});
