import type { Argv, CommandModule } from "yargs";

interface DescribeArguments {
  readonly plan: string;
}

/** `groundplan describe`: what a plan is, and what can be asked of it. */
export const describeCommand: CommandModule<object, DescribeArguments> = {
  command: "describe <plan>",
  describe: "Says which test cases a plan has, with how many instances and which parameters",
  builder: (yargs: Argv<object>): Argv<DescribeArguments> =>
    yargs.positional("plan", {
      type: "string",
      demandOption: true,
      describe: "File that exports the plan",
    }),
  handler: async ({ plan }) => {
    const [{ manifestOf }, { description }] = await Promise.all([
      import("../manifest/manifest-of.ts"),
      import("./description.ts"),
    ]);
    process.stdout.write(`${description(await manifestOf(plan))}\n`);
  },
};
