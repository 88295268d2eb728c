import { relative } from "node:path";
import type { FinishedRun } from "./run-plan.ts";

const LISTED = 5;
const TITLES = { success: "ok", failure: "FAILED", canceled: "canceled" } as const;

/** What a person reads at the end: how it went, who failed, which groups succeeded and where the outputs are. */
export function summary({ result, directory }: FinishedRun): string {
  const { outcome, plan, run, durationMs, cause, failures, outcomes } = result;
  const seconds = (durationMs / 1_000).toFixed(2);
  const lines = [`${TITLES[outcome]}: ${plan}/${result.case} in ${seconds} s (run ${run})`];
  if (cause !== undefined) lines.push(`  ${cause}`);
  // The first is the cause itself where the run knows one.
  const others = cause === undefined ? failures : failures.slice(1);
  for (const { group, ordinal, error, type } of others.slice(0, LISTED)) {
    lines.push(`  ${group}[${ordinal}] ${type}: ${error}`);
  }
  if (others.length > LISTED) lines.push(`  and ${others.length - LISTED} more, in result.json`);
  for (const [group, { ok, total }] of Object.entries(outcomes)) {
    lines.push(`  group ${group}: ${ok} of ${total} ok`);
  }
  lines.push(`  outputs: ${relative("", directory) || directory}`);
  return lines.join("\n");
}
