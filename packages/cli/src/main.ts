import yargs from "yargs";
import { bundleCommand } from "./bundle/command.ts";
import { checkCommand } from "./check/command.ts";
import { collectCommand } from "./collect/command.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { describeCommand } from "./describe/command.ts";
import { explainCommand } from "./explain/command.ts";
import { gcCommand } from "./gc/command.ts";
import { graphCommand } from "./graph/command.ts";
import { listCommand } from "./list/command.ts";
import { manifestCommand } from "./manifest/command.ts";
import { runCommand } from "./run/command.ts";
import type { Program } from "./run/load-plan.ts";
import { serviceCommand } from "./service/command.ts";
import { simulateCommand } from "./simulate/command.ts";

/**
 * Runs the `groundplan` command and sets the process's exit code: 0 success, 1 the plan failed, 2 bad usage or input,
 * 3 infrastructure (store unreachable), 130 interrupted.
 *
 * @param argv what follows the command's name.
 * @param program a plan that is loaded already, by a plan file that was started itself.
 */
export async function main(argv: readonly string[], program?: Program): Promise<void> {
  try {
    await yargs([...argv])
      .scriptName("groundplan")
      .usage("$0 <command>: distributed test plans, run on this machine")
      .command(runCommand(program))
      .command(bundleCommand)
      .command(manifestCommand)
      .command(describeCommand)
      .command(collectCommand)
      .command(checkCommand)
      .command(listCommand)
      .command(graphCommand)
      .command(explainCommand)
      .command(simulateCommand)
      .command(serviceCommand)
      .command(gcCommand)
      .demandCommand(
        1,
        "say what to do: bundle, collect, manifest, describe, check, list, graph, explain, simulate, run, service or gc",
      )
      .strict()
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        throw error ?? new CommandError(EXIT.usage, `${message}; see groundplan --help`);
      })
      .parseAsync();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`groundplan: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
