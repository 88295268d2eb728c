import type { Argv, CommandModule } from "yargs";
import {
  type CaseArguments,
  casePositionals,
  type SituationArguments,
  situationOptions,
} from "../check/situation-options.ts";

type ExplainArguments = CaseArguments & SituationArguments;

/** `groundplan explain`: what a run would do. */
export const explainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <plan> [case]",
  describe: "Says who would have which role, whom they would wait for, and what it would cost",
  builder: (yargs: Argv<object>): Argv<ExplainArguments> =>
    situationOptions(casePositionals(yargs)),
  handler: async (args) => {
    const { explanationOf } = await import("./explanation-of.ts");
    process.stdout.write(`${await explanationOf(args)}\n`);
  },
};
