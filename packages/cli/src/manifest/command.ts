import { writeFile } from "node:fs/promises";
import type { Argv, CommandModule } from "yargs";
import { messageOf, usage } from "../command-error.ts";

interface ManifestArguments {
  readonly plan: string;
  readonly out: string | undefined;
}

/** `groundplan manifest`: what Testground wants to know of a plan. */
export const manifestCommand: CommandModule<object, ManifestArguments> = {
  command: "manifest <plan>",
  describe: "Prints Testground's manifest.toml for a plan",
  builder: (yargs: Argv<object>): Argv<ManifestArguments> =>
    yargs
      .positional("plan", {
        type: "string",
        demandOption: true,
        describe: "File that exports the plan",
      })
      .options({
        out: { alias: "o", type: "string", requiresArg: true, describe: "File to write it to" },
      }),
  handler: print,
};

async function print({ plan: path, out }: ManifestArguments): Promise<void> {
  const { manifestText } = await import("./manifest-of.ts");
  const text = await manifestText(path);
  if (out === undefined) process.stdout.write(text);
  else await write(out, text);
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw usage(`the manifest cannot be written to '${file}': ${messageOf(cause)}`, cause);
  }
}
