import { relative } from "node:path";
import type { RunResult } from "./result.ts";
import type { FinishedRun } from "./run-plan.ts";

const LISTED = 5;
const TITLES = { success: "ok", failure: "FAILED", canceled: "canceled" } as const;

/** What a person reads at the end: how it went, who failed, which groups succeeded and where the outputs are. */
export function summary({ result, directory }: FinishedRun): string {
  const { outcome, plan, run, durationMs, cause, failures, lost, outcomes } = result;
  const seconds = (durationMs / 1_000).toFixed(2);
  const lines = [`${TITLES[outcome]}: ${plan}/${result.case} in ${seconds} s (run ${run})`];
  if (cause !== undefined) lines.push(`  ${cause}`);
  // The first is the cause itself where the run knows one.
  lines.push(...list(cause === undefined ? failures : failures.slice(1), "failed"));
  lines.push(...list(lost, "lost"));
  for (const [group, { ok, total }] of Object.entries(outcomes)) {
    lines.push(`  group ${group}: ${ok} of ${total} ok`);
  }
  lines.push(`  outputs: ${relative("", directory) || directory}`);
  return lines.join("\n");
}

function list(failures: RunResult["failures"], what: "failed" | "lost"): readonly string[] {
  const listed = failures.slice(0, LISTED).map(({ group, ordinal, error, type }) => {
    return `  ${group}[${ordinal}] ${what === "lost" ? `lost: ${type}` : type}: ${error}`;
  });
  const more = failures.length - LISTED;
  return more > 0 ? [...listed, `  and ${more} more ${what}, in result.json`] : listed;
}
