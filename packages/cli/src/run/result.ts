import { describeReport, type Report } from "@groundplan/dsl";
import { EXIT } from "../command-error.ts";
import type { InstanceState } from "./instance-table.ts";

/** One instance that failed of itself; those that were only aborted are not among them. */
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
}

interface EndedRun {
  readonly run: string;
  readonly plan: string;
  readonly case: string;
  readonly instances: readonly InstanceState[];
  /** What aborted the run, if anything did. */
  readonly report: Report | undefined;
  readonly isCanceled: boolean;
  readonly durationMs: number;
}

export function resultOf(ended: EndedRun): RunResult {
  const { run, plan, instances, report, durationMs } = ended;
  const outcome = outcomeOf(ended);
  return {
    outcome,
    outcomes: outcomesOf(instances),
    run,
    plan,
    case: ended.case,
    durationMs,
    ...(outcome !== "success" && report !== undefined && { cause: describeReport(report) }),
    failures: failuresOf(instances, report),
  };
}

/** An interruption that came when all had passed changes nothing. */
function outcomeOf({ instances, isCanceled }: EndedRun): RunResult["outcome"] {
  if (instances.every(({ end }) => end?.type === "ok")) return "success";
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

/** The first to fail comes first, where the report says who that was. */
function failuresOf(
  instances: readonly InstanceState[],
  report: Report | undefined,
): readonly Failure[] {
  const failures = instances.flatMap((instance) => failureOf(instance) ?? []);
  const isFirst = ({ id }: Failure): boolean => id !== undefined && id === report?.by?.id;
  return [...failures.filter(isFirst), ...failures.filter((failure) => !isFirst(failure))];
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
