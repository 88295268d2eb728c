import { list } from "@groundplan/dsl/tools";
import { situations } from "../check/situation.ts";
import type { CaseArguments } from "../check/situation-options.ts";
import { withPlan } from "../check/with-plan.ts";
import { choreographies, define } from "./chosen-case.ts";

interface Arguments extends CaseArguments {
  readonly param: readonly string[];
}

/** The stages of the choreographies in a plan's file, each under its name where there are several. */
export function listOf(args: Arguments): Promise<string> {
  return withPlan(args.plan, (plan) => {
    const chosen = choreographies(plan, args.case);
    const situation = situations(plan, noInstances(args));
    const lists = chosen.map((each) => {
      const stages = list(define(each, situation(each.choreography).params));
      return chosen.length === 1 ? stages : `${each.name}\n\n${stages}`;
    });
    return lists.join("\n\n\n");
  });
}

/** For what does not ask how many instances there are. */
export function noInstances(args: Arguments): Parameters<typeof situations>[1] {
  const { param } = args;
  return { instances: undefined, group: [], param, store: "redis", processes: undefined };
}
