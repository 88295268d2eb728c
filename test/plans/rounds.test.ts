import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test("in each round everyone hears its own echo of that round", async () => {
  const run = await runPlan("patterns/rounds", { n: 5, case: "pings", params: ["rounds=4"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.values("own_echoes")).toEqual(times(5, 4));
});

test("all stop in the round in which the chain is long enough", async () => {
  const run = await runPlan("patterns/rounds", { n: 4, case: "mine", params: ["height=10"] });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const [rounds = 0] = run.values("rounds");
  const [height = 0] = run.values("height");
  expect(rounds).toBeGreaterThan(0);
  expect(height).toBeGreaterThanOrEqual(10);
  expect(run.values("rounds")).toEqual(times(4, rounds));
  expect(run.values("height")).toEqual(times(4, height));
  expect(run.values("lowest_height")).toEqual(times(4, height));
});
