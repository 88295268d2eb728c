import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanName, type Plan } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";
import type { Bundle } from "./bundle.ts";
import type { CheckedCase } from "./check-case.ts";
import { Display } from "./display.ts";
import { runEnvironment } from "./environment.ts";
import type { Group } from "./groups.ts";
import type { Interruption } from "./interruption.ts";
import { JournalFile } from "./journal-file.ts";
import { type MeetingPlace, openMeetingPlace } from "./meeting-place.ts";
import { describePlacement, place, processesFor } from "./placement.ts";
import { exitCodeOf, type RunResult, resultOf } from "./result.ts";
import { newRunId } from "./run-id.ts";
import { StageBoard } from "./stage-board.ts";
import { Supervisor } from "./supervisor.ts";

export interface RunRequest {
  readonly plan: Plan;
  readonly bundle: Bundle;
  readonly checked: CheckedCase;
  readonly groups: readonly Group[];
  /** `embedded`, `redis`, or a URL. */
  readonly sync: string;
  readonly out: string;
  readonly timeoutMs: number | undefined;
  readonly processes: number | undefined;
  readonly seed: string | undefined;
  readonly interruption: Interruption;
  /** Where people read. */
  readonly screen: NodeJS.WriteStream;
}

export interface FinishedRun {
  readonly result: RunResult;
  readonly exitCode: number;
  /** Where the outputs are. */
  readonly directory: string;
}

/** Runs a test case to its end and leaves nothing behind but its outputs. */
export async function runPlan(request: RunRequest): Promise<FinishedRun> {
  const start = performance.now();
  const { plan, checked, interruption } = request;
  const run = newRunId();
  const scope = { run, plan: cleanName(plan.name), case: cleanName(checked.name) };
  const directory = makeDirectory(request.out, scope.plan, run);
  const meetingPlace = await openMeetingPlace(request.sync, scope);
  const journal = new JournalFile(join(directory, "journal.ndjson"));
  try {
    interruption.check();
    const { table, report } = await supervise(request, meetingPlace, { run, directory, journal });
    const result = resultOf({
      run,
      plan: plan.name,
      case: checked.name,
      instances: table.all(),
      report,
      isCanceled: interruption.hasCome,
      durationMs: Math.round(performance.now() - start),
    });
    writeFileSync(join(directory, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    return { result, directory, exitCode: exitCodeOf(result.outcome, table.all()) };
  } finally {
    await journal.close();
    await meetingPlace.close();
  }
}

interface Setting {
  readonly run: string;
  readonly directory: string;
  readonly journal: JournalFile;
}

async function supervise(
  { plan, bundle, checked, groups, screen, ...request }: RunRequest,
  { url, description, namespace }: MeetingPlace,
  { run, directory, journal }: Setting,
): Promise<Supervisor> {
  const instances = groups.reduce((sum, group) => sum + group.instances, 0);
  const placements = place(groups, processesFor(instances, request.processes));
  const board = new StageBoard(checked.definition, checked.name, checked.roleSizes);
  using display = new Display(screen, board);
  display.print(
    `${plan.name}/${checked.name}: ${instances} instances in ${describePlacement(placements)}`,
  );
  display.print(`run ${run}, ${description}`);
  const environment = runEnvironment({
    plan: plan.name,
    case: checked.name,
    run,
    instances,
    outputs: directory,
    temp: bundle.directory,
    sync: url,
    seed: request.seed,
  });
  const settings = { bundle: bundle.file, environment };
  const supervisor = new Supervisor({ placements, settings, namespace, board, display, journal });
  using _limits = limit(supervisor, request);
  await supervisor.run();
  return supervisor;
}

/** Ends the run at its timeout, and when the user asks for it; at once when the user asks twice. */
function limit(
  supervisor: Supervisor,
  { timeoutMs, interruption }: Pick<RunRequest, "timeoutMs" | "interruption">,
): Disposable {
  let asked = false;
  interruption.onSignal = (signal) => {
    if (asked) supervisor.kill();
    asked = true;
    void supervisor.stop(`interrupted by ${signal}`);
  };
  const expire = (): void => {
    const where = supervisor.describeUnfinished();
    void supervisor.stop(`it did not finish in ${timeoutMs} ms: ${where}`);
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

function makeDirectory(out: string, plan: string, run: string): string {
  const directory = join(out, plan, run);
  try {
    mkdirSync(directory, { recursive: true });
    return directory;
  } catch (cause) {
    throw usage(
      `outputs cannot be written to '${out}': ${messageOf(cause)}; choose another directory with --out`,
      cause,
    );
  }
}
