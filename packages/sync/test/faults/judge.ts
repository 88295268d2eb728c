import type { Namespace } from "@groundplan/sync";
import { activityNamed } from "./activities/all.ts";
import { maySessionsEnd, type Schedule } from "./schedule.ts";
import type { Violation } from "./violation.ts";
import type { Observation } from "./worker.ts";

/** What the activities, and the way their instances ended, say against the guarantees. */
export async function judge(
  schedule: Schedule,
  observations: readonly Observation[],
  namespace: Namespace,
): Promise<readonly Violation[]> {
  const violations = observations.flatMap((one) => endedBadly(one, schedule));
  for (const { name, rounds } of schedule.activities) {
    const sights = observations.filter(({ activity }) => activity === name);
    const isWhole = !schedule.losesState && sights.every(({ error }) => error === undefined);
    const { afterwards, check } = activityNamed(name);
    const found = isWhole ? await afterwards?.(namespace) : undefined;
    const said = check({ sights, rounds, isWhole, afterwards: found });
    violations.push(...said.map(({ of, text }) => ({ of, text: `${name}: ${text}` })));
  }
  return violations;
}

function endedBadly(
  { activity, instance, error }: Observation,
  schedule: Schedule,
): readonly Violation[] {
  if (error === undefined || isExpected(error.code, schedule)) return [];
  const isHang = error.isHang || error.code === "timeout";
  const text = `${activity}, instance ${instance}: ${error.text}`;
  return [{ of: isHang ? "hangs" : "unexpected outcomes", text }];
}

function isExpected(code: string, schedule: Schedule): boolean {
  if (code === "state-lost") return schedule.losesState;
  return code === "session-lost" && maySessionsEnd(schedule);
}
