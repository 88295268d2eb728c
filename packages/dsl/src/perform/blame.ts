import type { Member } from "../member.ts";
import type { Progress } from "./progress.ts";

const NAMED = 10;
/** Three heartbeats: a process that has said nothing for so long is not well. */
const SILENT_AFTER_MS = 15_000;

/** `Missing: #12 peer in 'dial' for 58 s; #40 peer silent for 21 s, last seen in 'addrs'`. */
export function describeMissing(
  missing: readonly Member[],
  progress: ReadonlyMap<number, Progress>,
): string {
  const named = missing.slice(0, NAMED).map((member) => describe(member, progress.get(member.id)));
  const others = missing.length - named.length;
  return `Missing: ${named.join("; ")}${others > 0 ? `; and ${others} more` : ""}`;
}

function describe({ id, role }: Member, progress: Progress | undefined): string {
  const who = `#${id} ${role}`;
  if (progress === undefined) return `${who}, of whom nothing is known`;
  const { stage, doing, sinceMs, ageMs, text } = progress;
  if (doing === "failed")
    return `${who} failed ${seconds(sinceMs + ageMs)} ago in '${stage}': ${text}`;
  if (ageMs > SILENT_AFTER_MS)
    return `${who} silent for ${seconds(ageMs)}, last seen in '${stage}'`;
  const how = doing === "wait" ? "waiting in" : "in";
  return `${who} ${how} '${stage}' for ${seconds(sinceMs + ageMs)}${tries(progress)}`;
}

function tries({ attempt, lastError }: Progress): string {
  if (attempt === undefined) return "";
  return ` (attempt ${attempt}${lastError === undefined ? "" : `, last error: ${lastError}`})`;
}

/** `58 s`, `1.2 s`, `300 ms`: as exact as a person wants it. */
export function seconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < 120_000 || ms % 60_000 !== 0) return `${Math.round(ms / 1_000)} s`;
  return `${ms / 60_000} min`;
}
