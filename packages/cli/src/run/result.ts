import { describeReport, type Report } from "@groundplan/dsl";
import { EXIT } from "../command-error.ts";
import type { InstanceState } from "./instance-table.ts";

/** One instance that failed of itself, or was lost; those that were only aborted are not among them. */
interface Failure {
  readonly group: string;
  /** In its group, from 0. */
  readonly ordinal: number;
  readonly id?: number;
  readonly role?: string;
  readonly stage?: string;
  readonly type: "failed" | "crashed" | "died";
  readonly error: string;
}

/** What `result.json` holds, and what `--json` prints. */
export interface RunResult {
  readonly outcome: "success" | "failure" | "canceled";
  readonly outcomes: Readonly<Record<string, { readonly ok: number; readonly total: number }>>;
  readonly run: string;
  readonly plan: string;
  readonly case: string;
  readonly durationMs: number;
  /** Why the run ended, if it did not end well. */
  readonly cause?: string;
  readonly failures: readonly Failure[];
  /** Instances that the others went on without, as their roles allow. */
  readonly lost: readonly Failure[];
}

interface EndedRun {
  readonly run: string;
  readonly plan: string;
  readonly case: string;
  readonly instances: readonly InstanceState[];
  /** What aborted the run, if anything did. */
  readonly report: Report | undefined;
  readonly isCanceled: boolean;
  /** Whether the others go on when an instance of the role is lost. */
  tolerates(role: string | undefined): boolean;
  readonly durationMs: number;
}

export function resultOf(ended: EndedRun): RunResult {
  const { run, plan, instances, report, durationMs } = ended;
  const lost = instances.filter((instance) => isLost(instance, ended));
  const outcome = outcomeOf(ended, lost);
  return {
    outcome,
    outcomes: outcomesOf(instances),
    run,
    plan,
    case: ended.case,
    durationMs,
    ...(outcome !== "success" && report !== undefined && { cause: causeOf(instances, report) }),
    failures: failuresOf(
      instances.filter((instance) => !lost.includes(instance)),
      report,
    ),
    lost: lost.flatMap((instance) => failureOf(instance) ?? []),
  };
}

/** Lost and not missed: the others saw to it that enough of them were left, or they would have aborted the run. */
function isLost({ role, end }: InstanceState, { report, tolerates }: EndedRun): boolean {
  const hasFailed = end !== undefined && end.type !== "ok" && end.type !== "aborted";
  return hasFailed && report === undefined && tolerates(role);
}

/** An interruption that came when all had passed changes nothing. */
function outcomeOf(
  { instances, isCanceled }: EndedRun,
  lost: readonly InstanceState[],
): RunResult["outcome"] {
  const passed = instances.filter(({ end }) => end?.type === "ok");
  if (passed.length > 0 && passed.length + lost.length === instances.length) return "success";
  return isCanceled ? "canceled" : "failure";
}

function outcomesOf(instances: readonly InstanceState[]): RunResult["outcomes"] {
  const outcomes: Record<string, { ok: number; total: number }> = {};
  for (const { group, end } of instances) {
    const outcome = outcomes[group] ?? { ok: 0, total: 0 };
    outcomes[group] = outcome;
    outcome.total += 1;
    if (end?.type === "ok") outcome.ok += 1;
  }
  return outcomes;
}

/**
 * The connections of a process that dies end before its runner hears of it: what that led to elsewhere is then reported
 * first, but it is not what came first.
 */
function causeOf(instances: readonly InstanceState[], report: Report): string {
  const reported = describeReport(report);
  const dead = instances.find(({ end }) => end?.type === "died");
  if (dead === undefined || report.how === "died" || report.how === "stopped") return reported;
  const { stage, end } = dead;
  const died = describeReport({ by: dead, stage, error: end?.error ?? "", how: "died" });
  return `${died}; then ${reported}`;
}

/** Those that died come first, then the first to fail, where the report says who that was. */
function failuresOf(
  instances: readonly InstanceState[],
  report: Report | undefined,
): readonly Failure[] {
  const failures = instances.flatMap((instance) => failureOf(instance) ?? []);
  const rank = ({ id, type }: Failure): number => {
    if (type === "died") return 0;
    return id !== undefined && id === report?.by?.id ? 1 : 2;
  };
  return failures.toSorted((a, b) => rank(a) - rank(b));
}

function failureOf({ group, ordinal, id, role, stage, end }: InstanceState): Failure | undefined {
  if (end === undefined || end.type === "ok" || end.type === "aborted") return undefined;
  const known = { ...(id && { id }), ...(role && { role }), ...(stage && { stage }) };
  return { group, ordinal, ...known, type: end.type, error: end.error ?? "" };
}

/** The user's to correct, though only the instances could see it. */
const USAGE_CODES = new Set(["different-plans", "roles-do-not-fit", "bad-params", "unknown-case"]);
const STORE_CODES = new Set(["store", "connection", "state-lost"]);

export function exitCodeOf(
  outcome: RunResult["outcome"],
  instances: readonly InstanceState[],
): number {
  if (outcome === "success") return 0;
  if (outcome === "canceled") return EXIT.interrupted;
  const codes = instances.flatMap(({ end }) =>
    end !== undefined && "code" in end && end.code !== undefined ? [end.code] : [],
  );
  if (codes.some((code) => USAGE_CODES.has(code))) return EXIT.usage;
  return codes.some((code) => STORE_CODES.has(code)) ? EXIT.infrastructure : EXIT.failure;
}
