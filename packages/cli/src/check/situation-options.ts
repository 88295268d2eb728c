import type { StoreName } from "@groundplan/dsl/tools";
import type { Argv, Options } from "yargs";

/** What a person says about a run that has not begun. */
export interface SituationArguments {
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
  readonly store: StoreName;
  readonly processes: number | undefined;
}

/** The plan and, where there are several, the test case. */
export interface CaseArguments {
  readonly plan: string;
  readonly case: string | undefined;
}

const list = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;

export const PARAM: Options & typeof list = { ...list, alias: "p", describe: "name=value" };

export function casePositionals(yargs: Argv<object>): Argv<CaseArguments> {
  return yargs
    .positional("plan", {
      type: "string",
      demandOption: true,
      describe: "File that exports the plan",
    })
    .positional("case", {
      type: "string",
      describe: "Test case; all, or the only one, unless given",
    });
}

/** Options that say what a run will have. */
export function situationOptions(
  yargs: Argv<CaseArguments>,
): Argv<CaseArguments & SituationArguments> {
  return yargs.options({
    instances: {
      alias: "n",
      type: "number",
      requiresArg: true,
      describe: "Number of instances; the fewest that the roles need, unless given",
    },
    group: { ...list, alias: "g", describe: "id=N[,id=N…][,param=value…]: groups, instead of -n" },
    param: { ...list, alias: "p", describe: "name=value, for all groups" },
    store: {
      choices: ["memory", "redis", "testground"] as const,
      default: "redis" as const,
      describe: "Whose limits and traffic; testground is its sync service",
    },
    processes: {
      type: "number",
      requiresArg: true,
      describe: "Processes that share the instances; one each unless given",
    },
  });
}
