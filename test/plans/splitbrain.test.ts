import { expect, test } from "vitest";
import { runPlan, times } from "./run-plan.ts";

/** What each of two halves of three sees of the other five instances: two on its side, three on the other. */
const [all, none, own, other] = [times(6, 5), times(6, 0), times(6, 2), times(6, 3)];

test.each([
  { filter: "accept", answered: all, refused: none, silent: none },
  { filter: "reject", answered: own, refused: other, silent: none },
  { filter: "drop", answered: own, refused: none, silent: other },
])(
  "where halves $filter, each sees of the other what that says, and all once it is over",
  async (seen) => {
    const run = await runPlan("splitbrain", { n: 6, case: seen.filter });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.values("answered_before")).toEqual(all);
    expect(run.values("answered_split")).toEqual(seen.answered);
    expect(run.values("refused_split")).toEqual(seen.refused);
    expect(run.values("silent_split")).toEqual(seen.silent);
    expect(run.values("answered_healed")).toEqual(all);
  },
);
