import type { Argv, CommandModule } from "yargs";
import { type CaseArguments, casePositionals, PARAM } from "../check/situation-options.ts";

interface ListArguments extends CaseArguments {
  readonly param: readonly string[];
}

/** `groundplan list`: the stages of a plan. */
export const listCommand: CommandModule<object, ListArguments> = {
  command: "list <plan> [case]",
  describe: "Lists the stages: who takes part, what they need, whom they wait for",
  builder: (yargs: Argv<object>): Argv<ListArguments> =>
    casePositionals(yargs).options({ param: PARAM }),
  handler: async (args) => {
    const { listOf } = await import("./list-of.ts");
    process.stdout.write(`${await listOf(args)}\n`);
  },
};
