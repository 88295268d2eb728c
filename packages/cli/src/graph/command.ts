import { writeFile } from "node:fs/promises";
import type { Argv, CommandModule } from "yargs";
import { casePositionals, PARAM } from "../check/situation-options.ts";
import { messageOf, usage } from "../command-error.ts";
import type { Drawing } from "./graph-of.ts";

interface GraphArguments extends Drawing {
  readonly out: string | undefined;
}

/** `groundplan graph`: a picture of the stages. */
export const graphCommand: CommandModule<object, GraphArguments> = {
  command: "graph <plan> [case]",
  describe: "Draws the stages, as text for Mermaid or as SVG",
  builder: (yargs: Argv<object>): Argv<GraphArguments> =>
    casePositionals(yargs).options({
      param: PARAM,
      as: {
        choices: ["sequence", "flow"] as const,
        default: "sequence" as const,
        describe: "A lifeline for each role, or the stages with the values between them",
      },
      format: { choices: ["mermaid", "svg"] as const, default: "mermaid" as const },
      out: { alias: "o", type: "string", requiresArg: true, describe: "File to write it to" },
    }),
  handler: async ({ out, ...drawing }) => {
    const { graphOf } = await import("./graph-of.ts");
    const text = await graphOf(drawing);
    if (out === undefined) process.stdout.write(text);
    else await write(out, text);
  },
};

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw usage(`the picture cannot be written to '${file}': ${messageOf(cause)}`, cause);
  }
}
