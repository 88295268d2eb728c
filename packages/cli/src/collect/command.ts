import type { Argv, CommandModule } from "yargs";

interface CollectArguments {
  readonly run: string;
  readonly output: string | undefined;
  readonly out: string;
}

/** `groundplan collect`: the outputs of a run as one file. */
export const collectCommand: CommandModule<object, CollectArguments> = {
  command: "collect <run>",
  describe: "Packs the outputs of a run as <run>.tgz",
  builder: (yargs: Argv<object>): Argv<CollectArguments> =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "The run's id" })
      .options({
        output: { alias: "o", type: "string", requiresArg: true, describe: "File to write" },
        out: {
          type: "string",
          default: "outputs",
          requiresArg: true,
          describe: "Directory that the run's outputs went to",
        },
      }),
  handler: async ({ run, output, out }) => {
    const [{ collectRun }, { findRun }] = await Promise.all([
      import("./collect-run.ts"),
      import("./find-run.ts"),
    ]);
    const file = await collectRun(findRun(run, out), output ?? `${run}.tgz`);
    process.stdout.write(`created file: ${file}\n`);
  },
};
