import { explain } from "@groundplan/dsl/tools";
import { situations } from "../check/situation.ts";
import type { CaseArguments, SituationArguments } from "../check/situation-options.ts";
import { withPlan } from "../check/with-plan.ts";
import { messageOf, usage } from "../command-error.ts";
import { define, onlyChoreography } from "../list/chosen-case.ts";

/** What a run of the test case would do. */
export function explanationOf(args: CaseArguments & SituationArguments): Promise<string> {
  return withPlan(args.plan, (plan) => {
    const chosen = onlyChoreography(plan, args.case);
    const circumstances = situations(plan, args)(chosen.choreography);
    const definition = define(chosen, circumstances.params);
    try {
      return explain(definition, circumstances);
    } catch (error) {
      throw usage(
        `the instances do not fit the roles of '${chosen.name}': ${messageOf(error)}`,
        error,
      );
    }
  });
}
