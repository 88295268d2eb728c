import { AbortedError, type RunEnv } from "@groundplan/runtime";
import { RunAbortedError, type SyncClient, SyncError } from "@groundplan/sync";
import type { Member } from "../member.ts";
import { ROSTER } from "./join.ts";
import type { Performer } from "./performer.ts";
import { parseReport, type Report } from "./report.ts";
import { StageError } from "./stage-error.ts";

/** How one instance ended. */
export type Outcome =
  | { readonly type: "ok" }
  /** `by`: the instance itself, unless it failed before it had an id. */
  | { readonly type: "failed"; readonly error: StageError; readonly by?: Member }
  /** Another instance, or the runner, ended the run; or something outside ended this instance. */
  | { readonly type: "aborted"; readonly report: Report };

interface Ended {
  readonly env: RunEnv;
  readonly sync: SyncClient;
  readonly seq: number;
  /** What ends the instance from outside. */
  readonly signal: AbortSignal;
  readonly keepRun?: (() => void) | undefined;
}

const REPORT_MS = 5_000;

/** What an error means for the instance. Unless the run was aborted already, it is now, for all others. */
export async function conclude(
  error: unknown,
  ended: Ended,
  performer: Performer | undefined,
): Promise<Outcome> {
  const { sync } = ended;
  const cause = causeOf(error, ended, performer);
  if (cause instanceof RunAbortedError) return aborted(parseReport(cause.report), performer);
  const failure = asStageError(cause, performer);
  // It is none of the run's instances: the run is complete without it.
  if (failure.code === "surplus-instance") {
    ended.keepRun?.();
    return { type: "failed", error: failure };
  }
  const report = reportOf(failure, ended, performer);
  const told = tell(sync, report, performer);
  if (report.how === "stopped") {
    await told;
    return aborted(report, performer);
  }
  const me = performer?.me;
  if (me !== undefined)
    performer?.progress.set(me.id, failure.stage, "failed", { text: failure.message });
  performer?.note("fail", failure.stage, { text: failure.message });
  await told;
  return { type: "failed", error: failure, ...(me && { by: me }) };
}

/**
 * The others go on where the instance's role can lose it. A store that is gone tells nobody; this instance still ends,
 * and its runner sees that.
 */
async function tell(
  sync: SyncClient,
  report: Report,
  performer: Performer | undefined,
): Promise<void> {
  const { stage, error, how } = report;
  if (
    performer?.losses.tolerates(performer.me.role) &&
    how !== "stopped" &&
    !sync.aborted.aborted
  ) {
    const { id } = performer.me;
    await performer.losses.report({ id, stage, error, how }).catch(() => {});
    return;
  }
  await sync.abort(report, { timeoutMs: REPORT_MS }).catch(() => {});
}

function reportOf(
  { stage, message }: StageError,
  { env, seq, signal, sync }: Ended,
  performer: Performer | undefined,
): Report {
  const by = performer?.me ?? { group: env.group, globalSeq: seq };
  const how = sync.aborted.aborted ? "failed" : howEnded(signal);
  return { by, stage, error: message, how };
}

/** From outside: by its runner, or by something thrown that nobody caught. */
function howEnded(signal: AbortSignal): Report["how"] {
  if (!signal.aborted) return "failed";
  return signal.reason instanceof AbortedError ? "stopped" : "crashed";
}

function aborted(report: Report, performer: Performer | undefined): Outcome {
  performer?.note("abort", performer.here(), { text: report.error });
  return { type: "aborted", report };
}

/** What ended the run or the instance comes before what that led to here. */
function causeOf(
  error: unknown,
  { sync, signal }: Ended,
  performer: Performer | undefined,
): unknown {
  if (sync.aborted.aborted) return sync.aborted.reason;
  if (signal.aborted) return signal.reason;
  return performer?.ousted.aborted ? performer.ousted.reason : error;
}

function asStageError(error: unknown, performer: Performer | undefined): StageError {
  if (error instanceof StageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SyncError ? "store" : "body-failed";
  return new StageError(code, performer?.here() ?? ROSTER, message, { cause: error });
}
