import { type Choreography, cleanName, type Definition, type Plan } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";

/** A test case whose stages can be shown. */
export interface ChosenCase {
  readonly name: string;
  readonly choreography: Choreography;
}

/** The choreographies of a plan: the one that is asked for, or all. */
export function choreographies(plan: Plan, wanted: string | undefined): readonly ChosenCase[] {
  const names = wanted === undefined ? Object.keys(plan.cases) : caseNames(plan, wanted);
  const found = names.flatMap((name) => {
    const testCase = plan.cases[name];
    return testCase?.type === "choreography" ? [{ name, choreography: testCase }] : [];
  });
  if (found.length > 0) return found;
  const what = wanted === undefined ? `plan '${plan.name}' has no` : `'${wanted}' is no`;
  throw usage(`${what} choreography: a test case that coordinates by hand has no stages to show`);
}

/** The one that is asked for, or the only one there is. */
export function onlyChoreography(plan: Plan, wanted: string | undefined): ChosenCase {
  const [first, ...others] = choreographies(plan, wanted);
  if (first !== undefined && others.length === 0) return first;
  const names = [first, ...others].map((each) => each?.name).join(", ");
  throw usage(`plan '${plan.name}' has several choreographies: say which of ${names}`);
}

/** The full name of the case that is asked for, by either spelling. */
export function caseNames(plan: Plan, wanted: string): readonly string[] {
  const names = Object.keys(plan.cases);
  const found = names.filter((name) => name === wanted || cleanName(name) === wanted);
  if (found.length > 0) return found;
  throw usage(`plan '${plan.name}' has no test case '${wanted}'; it has ${names.join(", ")}`);
}

/** Its stages, for these parameters and the defaults of the others. */
export function define(
  { name, choreography }: ChosenCase,
  params: Readonly<Record<string, unknown>> = {},
): Definition {
  try {
    return choreography.define(params);
  } catch (error) {
    throw usage(`the stages of '${name}' cannot be declared: ${messageOf(error)}`, error);
  }
}
