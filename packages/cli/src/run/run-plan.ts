import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanName, toleratesLoss } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";
import { artifactInstances } from "./artifact.ts";
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
import { type Supervision, Supervisor } from "./supervisor.ts";
import { describeUnfinished } from "./unfinished.ts";

export interface RunRequest {
  /** The plan's name. */
  readonly plan: string;
  /** The plan's file, bundled; undefined where all groups have artifacts. */
  readonly bundle: string | undefined;
  readonly checked: CheckedCase;
  readonly groups: readonly Group[];
  /** `embedded`, `redis`, or a URL. */
  readonly sync: string;
  readonly out: string;
  readonly timeoutMs: number | undefined;
  readonly processes: number | undefined;
  readonly seed: string | undefined;
  readonly disableMetrics: boolean;
  /** By label, passed on as `<LABEL>_PORT`. */
  readonly ports: Readonly<Record<string, string>>;
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
  const scope = { run, plan: cleanName(plan), case: cleanName(checked.name) };
  const directory = makeDirectory(request.out, scope.plan, run);
  const meetingPlace = await openMeetingPlace(request.sync, scope);
  const journal = new JournalFile(join(directory, "journal.ndjson"));
  const temp = await mkdtemp(join(tmpdir(), "groundplan-run-"));
  try {
    interruption.check();
    const setting = { run, directory, journal, temp };
    const { table, report } = await supervise(request, meetingPlace, setting);
    const result = resultOf({
      run,
      plan,
      case: checked.name,
      instances: table.all(),
      tolerates: (role) => toleratesIn(checked, role),
      report,
      isCanceled: interruption.hasCome,
      durationMs: Math.round(performance.now() - start),
    });
    writeFileSync(join(directory, "result.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    return { result, directory, exitCode: exitCodeOf(result.outcome, table.all()) };
  } finally {
    await journal.close();
    await meetingPlace.close();
    await rm(temp, { recursive: true, force: true });
  }
}

interface Setting {
  readonly run: string;
  readonly directory: string;
  readonly journal: JournalFile;
  readonly temp: string;
}

function toleratesIn({ definition }: CheckedCase, role: string | undefined): boolean {
  return role !== undefined && toleratesLoss(definition?.roles[role]);
}

async function supervise(
  { plan, bundle, checked, groups, screen, ...request }: RunRequest,
  { url, description, namespace }: MeetingPlace,
  { run, directory, journal, temp }: Setting,
): Promise<Supervisor> {
  const { placements, artifacts, seats } = placeAll(groups, request.processes);
  const tolerates = (role: string | undefined): boolean => toleratesIn(checked, role);
  const tolerant = new Set(Object.keys(checked.roleSizes).filter(tolerates));
  const telling = artifacts.length === 0 ? {} : { telling: seats.length - artifacts.length };
  const board = new StageBoard(checked.definition, checked.name, checked.roleSizes, {
    tolerant,
    ...telling,
  });
  using display = new Display(screen, board);
  const where = describePlacement(placements, artifacts.length);
  display.print(`${plan}/${checked.name}: ${seats.length} instances in ${where}`);
  display.print(`run ${run}, ${description}`);
  const environment = runEnvironment({
    ...request,
    plan,
    case: checked.name,
    run,
    instances: seats.length,
    outputs: directory,
    temp,
    sync: url,
  });
  const supervisor = new Supervisor({
    placements,
    artifacts,
    seats,
    settings: { bundle, environment },
    namespace,
    board,
    display,
    journal,
    isTolerant: tolerant.size > 0,
    tolerates,
  });
  using _limits = limit(supervisor, request);
  await supervisor.run();
  return supervisor;
}

/** Artifacts are processes of their own; the other instances share some, in the order of their groups. */
function placeAll(
  groups: readonly Group[],
  processes: number | undefined,
): Pick<Supervision, "placements" | "artifacts" | "seats"> {
  const hosted = groups.filter(({ artifact }) => artifact === undefined);
  const instances = hosted.reduce((sum, group) => sum + group.instances, 0);
  return {
    placements: instances === 0 ? [] : place(hosted, processesFor(instances, processes)),
    artifacts: artifactInstances(groups),
    seats: groups.flatMap(({ id, instances: size }) =>
      Array.from({ length: size }, (_, ordinal) => ({ group: id, ordinal })),
    ),
  };
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
    const where = describeUnfinished(supervisor.table);
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
