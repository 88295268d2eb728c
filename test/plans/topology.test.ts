import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

test.each([
  ["ring", times(5, 1)],
  // Two dial each parent, and nobody is the root's parent.
  ["tree", [0, 1, 1, 1, 1]],
  ["mesh", times(5, 2)],
  ["full", [0, 1, 2, 3, 4]],
])(
  "in a %s everyone dials the neighbours it should, and each is called by those",
  async (name, dialled) => {
    const run = await runPlan("patterns/topology", { n: 5, case: name });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.values("dialled")).toEqual(dialled);
    const total = (values: readonly number[]): number =>
      values.reduce((sum, each) => sum + each, 0);
    expect(total(run.values("callers"))).toBe(total(dialled));
  },
);
