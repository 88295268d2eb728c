import type { Finding } from "../diagnostic.ts";
import { longestPath } from "../time-path.ts";
import { timeText } from "../words.ts";
import { at, type Subject } from "./subject.ts";

const LONG_MS = 3_600_000;

/** GP302: stages that may take longer than the run. */
export function shortRun(subject: Subject): readonly Finding[] {
  const { definition, rows } = subject;
  const { ms, steps } = longestPath(definition);
  if (ms <= definition.timeoutMs || steps.length === 0) return [];
  const path = steps.map(({ stage, ms: each }) => `'${stage}' ${timeText(each)}`).join(", ");
  const text = `the timeouts of its stages add up to ${timeText(ms)} (${path}), but the run ends after ${timeText(definition.timeoutMs)}; give the case a longer timeout, or its stages shorter ones`;
  const longest = steps.reduce((a, b) => (b.ms > a.ms ? b : a));
  const row = rows.find(({ stage }) => stage.id === longest.stage);
  const finding = { code: "GP302", level: "warning", text } as const;
  return row === undefined ? [finding] : [at(subject, row.stage, finding)];
}

/** GP303: bodies that nothing ends for an hour, and more. */
export function endlessBodies(subject: Subject): readonly Finding[] {
  const { definition, rows } = subject;
  if (definition.timeoutMs < LONG_MS) return [];
  return rows.flatMap(({ stage }) => {
    if (stage.kind !== "run" && stage.kind !== "connect") return [];
    if (stage.timeoutMs !== undefined) return [];
    const text = `the body of '${stage.id}' has no timeout, and the run's is ${timeText(definition.timeoutMs)}: if it hangs, the run does for that long; give the stage a timeout`;
    return [at(subject, stage, { code: "GP303", level: "warning", text })];
  });
}
