import { RunAbortedError, SyncError } from "@groundplan/sync";
import { clip } from "./clip.ts";
import type { InstanceResult } from "./instance-result.ts";
import { AbortedError } from "./runtime-error.ts";
import { errorText, toError } from "./thrown.ts";

/** How the work of an instance came out; never rejects. `signal` is what told it to stop. */
export async function settle(work: Promise<void>, signal: AbortSignal): Promise<InstanceResult> {
  try {
    await work;
    return signal.aborted ? aborted(signal.reason) : { type: "ok" };
  } catch (thrown) {
    const error = toError(thrown);
    if (!wasAborted(error, signal)) return { type: "failed", error };
    return aborted(error.name === "AbortError" ? signal.reason : error);
  }
}

function aborted(cause: unknown): InstanceResult {
  return { type: "aborted", error: abortedBy(cause) };
}

/** An error of its own is the instance's failure even if the run is aborted by now: it may be why. */
export function wasAborted(error: Error, signal: AbortSignal): boolean {
  if (error instanceof AbortedError) return true;
  if (error instanceof SyncError) return error.code === "aborted";
  return signal.aborted && (error === signal.reason || error.name === "AbortError");
}

/** Why an instance was ended from outside: the run was aborted, or whatever the caller's signal says. */
export function abortedBy(cause: unknown): AbortedError {
  if (cause instanceof AbortedError) return cause;
  if (!(cause instanceof RunAbortedError)) {
    return new AbortedError(errorText(toError(cause)), { cause });
  }
  return new AbortedError(`the run was aborted: ${clip(reportText(cause.report), 2048)}`, {
    cause,
  });
}

function reportText(report: unknown): string {
  if (!isReport(report)) return JSON.stringify(report);
  const { group, globalSeq } = report.by;
  const instance = globalSeq === undefined ? "" : ` (instance ${globalSeq})`;
  return `${group}${instance} failed in '${report.stage}': ${report.error}`;
}

/** What an instance reports when it aborts the run. */
export interface AbortReport {
  readonly by: { readonly group: string; readonly globalSeq?: number };
  readonly stage: string;
  readonly error: string;
}

function isReport(value: unknown): value is AbortReport {
  if (typeof value !== "object" || value === null) return false;
  const { by, stage, error } = value as { [K in keyof AbortReport]?: unknown };
  return (
    typeof by === "object" &&
    by !== null &&
    typeof Reflect.get(by, "group") === "string" &&
    typeof stage === "string" &&
    typeof error === "string"
  );
}
