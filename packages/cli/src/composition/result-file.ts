import { writeFileSync } from "node:fs";
import { messageOf, usage } from "../command-error.ts";
import type { RunResult } from "../run/result.ts";

/** A run in the table of results, in the columns that Testground's has. */
export interface ResultRow {
  /** Its name in the composition. */
  readonly run_id: string;
  /** The id it ran under; `N/A` if it did not. */
  readonly task_id: string;
  readonly outcome: RunResult["outcome"];
  readonly error: string;
}

export function rowOf(id: string, { run, outcome, cause, failures }: RunResult): ResultRow {
  const error = outcome === "success" ? "" : (cause ?? failures[0]?.error ?? outcome);
  return { run_id: id, task_id: run, outcome, error };
}

/** A run that was not begun, because of what happened before it. */
export function canceledRow(id: string): ResultRow {
  return { run_id: id, task_id: "N/A", outcome: "canceled", error: "canceled" };
}

/** Writes the rows as CSV, or as JSON where the file's name ends in `.json`. */
export function writeRows(file: string, rows: readonly ResultRow[]): void {
  const text = file.endsWith(".json") ? `${JSON.stringify(rows, undefined, 2)}\n` : csv(rows);
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw usage(`the results cannot be written to '${file}': ${messageOf(cause)}`, cause);
  }
}

function csv(rows: readonly ResultRow[]): string {
  const lines = rows.map(({ run_id, task_id, outcome, error }) =>
    [run_id, task_id, outcome, error].map(cell).join(","),
  );
  return `${["run_id,task_id,outcome,error", ...lines].join("\n")}\n`;
}

function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
