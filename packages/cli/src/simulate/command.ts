import type { StoreKind } from "@groundplan/dsl/tools";
import type { Argv, CommandModule } from "yargs";
import { PARAM } from "../check/situation-options.ts";
import { EXIT } from "../command-error.ts";

/** What `groundplan simulate` is asked. */
export interface SimulateArguments {
  readonly plan: string;
  readonly case: string | undefined;
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
  readonly seed: number;
  readonly seeds: number;
  readonly fault: readonly string[];
  readonly sweep: string | undefined;
  readonly twice: boolean;
  readonly store: StoreKind;
}

const list = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;

/** `groundplan simulate`: a run in virtual time, with whatever may go wrong. */
export const simulateCommand: CommandModule<object, SimulateArguments> = {
  command: "simulate <plan>",
  describe: "Performs a choreography in virtual time, with faults, and the same again for a seed",
  builder: (yargs: Argv<object>): Argv<SimulateArguments> =>
    yargs
      .positional("plan", {
        type: "string",
        demandOption: true,
        describe: "File that exports the plan",
      })
      .options({
        case: { type: "string", describe: "Test case; the only choreography unless given" },
        instances: {
          alias: "n",
          type: "number",
          requiresArg: true,
          describe: "Number of instances; the fewest that the roles need, unless given",
        },
        group: { ...list, alias: "g", describe: "id=N[,param=value…]: groups, instead of -n" },
        param: PARAM,
        seed: { type: "number", default: 1, describe: "What all draws are made from" },
        seeds: { type: "number", default: 1, describe: "So many seeds one after the other" },
        fault: {
          ...list,
          describe:
            "crash|throw|hang:who@stage, restart:who@stage+time, slow:who*factor, late:who+time, cut:who@from..to, resend:share",
        },
        sweep: {
          type: "string",
          choices: ["", "crash", "throw", "hang"],
          describe: "One fault in each stage, for one of each role; crash unless given",
        },
        twice: { type: "boolean", default: false, describe: "Run twice and compare" },
        store: {
          choices: ["sets", "counters"] as const,
          default: "sets" as const,
          describe: "counters behaves as the Testground sync service",
        },
      }),
  handler: async (args) => {
    const { simulationOf } = await import("./simulation-of.ts");
    const { text, isGood } = await simulationOf(args);
    process.stdout.write(`${text}\n`);
    if (!isGood) process.exitCode = EXIT.failure;
  },
};
