import type { Argv, CommandModule } from "yargs";
import { EXIT } from "../command-error.ts";
import {
  type CaseArguments,
  casePositionals,
  type SituationArguments,
  situationOptions,
} from "./situation-options.ts";

interface CheckArguments extends CaseArguments, SituationArguments {
  readonly sidecar: boolean | undefined;
  readonly json: boolean;
}

/** `groundplan check`: what is wrong with a plan, without running it. */
export const checkCommand: CommandModule<object, CheckArguments> = {
  command: "check <plan> [case]",
  describe: "Says what is wrong with a plan, or probably not meant, without running it",
  builder: (yargs: Argv<object>): Argv<CheckArguments> =>
    situationOptions(casePositionals(yargs)).options({
      sidecar: { type: "boolean", describe: "Whether the run has a sidecar to shape its network" },
      json: { type: "boolean", default: false, describe: "Print the findings as JSON" },
    }),
  handler: async (args) => {
    const { findingsOf, findingsText, hasErrors } = await import("./findings.ts");
    const findings = await findingsOf(args);
    const text = args.json ? JSON.stringify(findings) : findingsText(findings);
    process.stdout.write(`${text}\n`);
    if (hasErrors(findings)) process.exitCode = EXIT.failure;
  },
};
