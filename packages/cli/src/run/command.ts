import type { CommandModule } from "yargs";
import { usage } from "../command-error.ts";
import { checkCase } from "./check-case.ts";
import { parseGroups } from "./groups.ts";
import { Interruption } from "./interruption.ts";
import { loadUninterrupted, type Program } from "./load-plan.ts";
import { declareRun, type RunArguments } from "./options.ts";
import { type FinishedRun, runPlan } from "./run-plan.ts";
import { runSettings } from "./run-settings.ts";
import { summary } from "./summary.ts";

/** `groundplan run <plan> [case]`, and `groundplan run -c composition.toml`. */
export function runCommand(program: Program | undefined): CommandModule<object, RunArguments> {
  return {
    command: "run [plan] [case]",
    describe: "Runs a test case of a plan with N instances on this machine, or a composition",
    builder: declareRun,
    handler: (args) => run(args, program),
  };
}

async function run(args: RunArguments, loaded: Program | undefined): Promise<void> {
  using interruption = new Interruption();
  const settings = runSettings(args, interruption);
  if (args.composition !== undefined) {
    const { runComposition } = await import("../composition/run-composition.ts");
    process.exitCode = await runComposition(args, settings, loaded);
    return;
  }
  const { groups, path } = asked(args);
  const keep = await keeper(args);
  const { plan, bundle } = await loadUninterrupted(path, loaded, interruption);
  try {
    const checked = checkCase(plan, args.case, groups);
    const subject = { plan: plan.name, bundle: bundle.file, checked, groups };
    const finished = await runPlan({ ...settings, ...subject });
    settings.screen.write(`${summary(finished)}\n`);
    await keep(finished);
    if (args.json) process.stdout.write(`${JSON.stringify(finished.result)}\n`);
    process.exitCode = finished.exitCode;
  } finally {
    await bundle.remove();
  }
}

function asked(args: RunArguments): {
  readonly path: string;
  readonly groups: ReturnType<typeof parseGroups>;
} {
  if (args["run-ids"] !== undefined)
    throw usage("--run-ids names runs of a composition; give it with -c");
  if (args.plan !== undefined) return { path: args.plan, groups: parseGroups(args) };
  throw usage("say what to run: the file of a plan, or -c composition.toml");
}

/** Does with a finished run what the user wants besides its outputs. Loaded before it, and only if it is wanted. */
async function keeper(args: RunArguments): Promise<(finished: FinishedRun) => Promise<void>> {
  const { collect, json, "collect-file": file, "result-file": table } = args;
  if (!collect && table === undefined) return async () => {};
  const [{ collectRun }, { rowOf, writeRows }] = await Promise.all([
    import("../collect/collect-run.ts"),
    import("../composition/result-file.ts"),
  ]);
  return async ({ directory, result }) => {
    if (table !== undefined) writeRows(table, [rowOf("default", result)]);
    if (!collect) return;
    const archive = file ?? `${result.run}.tgz`;
    await collectRun(directory, archive);
    (json ? process.stderr : process.stdout).write(`  collected: ${archive}\n`);
  };
}
