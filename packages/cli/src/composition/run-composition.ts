import { join, parse } from "node:path";
import { collectRun } from "../collect/collect-run.ts";
import { CommandError, EXIT, usage } from "../command-error.ts";
import { parseTexts } from "../run/groups.ts";
import { loadUninterrupted, type Program } from "../run/load-plan.ts";
import type { RunArguments } from "../run/options.ts";
import type { RunResult } from "../run/result.ts";
import { runPlan } from "../run/run-plan.ts";
import { parsePorts, type RunSettings } from "../run/run-settings.ts";
import { summary } from "../run/summary.ts";
import { composeRuns } from "./compose-runs.ts";
import type { Composition } from "./composition.ts";
import { findPlan } from "./find-plan.ts";
import { type PreparedRun, prepareRun } from "./prepare-runs.ts";
import { readComposition } from "./read-composition.ts";
import { canceledRow, type ResultRow, rowOf, writeRows } from "./result-file.ts";

/** Artifacts may wait for ever; a run with some ends when Testground, too, would end it. */
const LONGEST_MS = 600_000;

/** Runs what a composition says, one run after the other. Resolves with the exit code. */
export async function runComposition(
  args: RunArguments,
  settings: RunSettings,
  loaded: Program | undefined,
): Promise<number> {
  const file = checkArguments(args);
  const { composition, notes } = readComposition(file, process.env);
  const overrides = parseTexts(args.param, "--param");
  const composed = composeRuns(composition, idsIn(args["run-ids"]), overrides);
  const needsPlan = composed.runs.some(({ groups }) => groups.some((group) => !group.artifact));
  const { global } = composition;
  const program = needsPlan
    ? await loadUninterrupted(
        args.plan ?? findPlan(global.plan, file),
        loaded,
        settings.interruption,
      )
    : undefined;
  try {
    const named = { plan: global.plan, case: global.case };
    const preparation = { file, named, plan: program?.plan };
    const runs = composed.runs.map((run) => prepareRun(run, preparation));
    const all = [...notes, ...composed.notes, ...runs.flatMap((run) => run.notes)];
    if (!needsPlan && args.plan !== undefined)
      all.push(`${args.plan}: every group has an artifact`);
    for (const note of new Set(all)) settings.screen.write(`note: ${note}\n`);
    const more = completed(settings, composition);
    return await new Series(args, more, program?.bundle.file).run(runs);
  } finally {
    await program?.bundle.remove();
  }
}

/** What a composition says itself cannot be said beside it. */
function checkArguments(args: RunArguments): string {
  const { composition = "", instances, group, profile } = args;
  const twice = instances === undefined && group.length === 0 ? undefined : "instances";
  if (twice !== undefined)
    throw usage("a composition says how many instances there are: leave -n and --group out");
  if (args.case !== undefined)
    throw usage("a composition says which test case to run: leave it out");
  if (profile.length > 0)
    throw usage("a composition says which profiles to take: write them there");
  return composition;
}

function idsIn(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").flatMap((id) => id.trim() || []);
}

function completed(settings: RunSettings, { global }: Composition): RunSettings {
  const exposed = global.run_config["exposed_ports"] ?? {};
  const ports = Object.entries(exposed).map(([label, port]) => [label, String(port)]);
  return {
    ...settings,
    disableMetrics: settings.disableMetrics || global.disable_metrics,
    ports: {
      ...parsePorts(Object.fromEntries(ports), "global.run_config.exposed_ports"),
      ...settings.ports,
    },
  };
}

/** Runs that follow each other: one that fails does not keep the next from running, one that cannot run does. */
class Series {
  readonly #args: RunArguments;
  readonly #settings: RunSettings;
  readonly #bundle: string | undefined;
  readonly #rows: ResultRow[] = [];
  readonly #results: (RunResult & { readonly id: string })[] = [];
  #exitCode = 0;

  constructor(args: RunArguments, settings: RunSettings, bundle: string | undefined) {
    this.#args = args;
    this.#settings = settings;
    this.#bundle = bundle;
  }

  async run(runs: readonly PreparedRun[]): Promise<number> {
    try {
      for (const run of runs) {
        await this.#next(run, runs.length > 1);
        if (this.#exitCode === EXIT.interrupted) break;
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      process.stderr.write(`groundplan: ${error.message}\n`);
      this.#exitCode = error.exitCode;
    }
    for (const { id } of runs.slice(this.#rows.length)) this.#rows.push(canceledRow(id));
    this.#report();
    return this.#exitCode;
  }

  async #next({ id, notes: _said, ...subject }: PreparedRun, isOneOfMany: boolean): Promise<void> {
    const { screen, timeoutMs } = this.#settings;
    if (isOneOfMany) screen.write(`\n== run ${id}\n`);
    const hasArtifacts = subject.groups.some(({ artifact }) => artifact !== undefined);
    const finished = await runPlan({
      ...this.#settings,
      ...subject,
      bundle: this.#bundle,
      timeoutMs: timeoutMs ?? (hasArtifacts ? LONGEST_MS : undefined),
    });
    const { result, exitCode, directory } = finished;
    screen.write(`${summary(finished)}\n`);
    this.#rows.push(rowOf(id, result));
    this.#results.push({ id, ...result });
    if (this.#exitCode === 0 || exitCode === EXIT.interrupted) this.#exitCode = exitCode;
    if (!this.#args.collect) return;
    const own = isOneOfMany ? this.#partOf(id, result.run) : this.#args["collect-file"];
    const file = own ?? `${result.run}.tgz`;
    await collectRun(directory, file);
    screen.write(`  collected: ${file}\n`);
  }

  /** As Testground names the archives of several runs. */
  #partOf(id: string, run: string): string {
    const target = this.#args["collect-file"] ?? "multiple";
    const { dir, name, base } = parse(target);
    return join(dir, `${target.endsWith(".tgz") ? name : base}-${id}-${run}.tgz`);
  }

  #report(): void {
    const { "result-file": resultFile, json } = this.#args;
    if (resultFile !== undefined) writeRows(resultFile, this.#rows);
    if (!json) return;
    const runs = this.#rows.map((row, index) => ({ ...row, ...this.#results[index] }));
    process.stdout.write(`${JSON.stringify({ runs })}\n`);
  }
}
