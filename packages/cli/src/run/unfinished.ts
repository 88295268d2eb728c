import { describeInstance, type InstanceTable } from "./instance-table.ts";

const NAMED = 8;

/** Who has not ended, by the stage they were last seen in. */
export function describeUnfinished(table: InstanceTable): string {
  const stages = new Map<string, string[]>();
  for (const state of table.all()) {
    if (state.end !== undefined) continue;
    const { stage, isWaiting } = state;
    const where =
      stage === undefined ? "not started" : `${isWaiting ? "waiting " : ""}in '${stage}'`;
    stages.set(where, [...(stages.get(where) ?? []), describeInstance(state)]);
  }
  // Those that wait do so for those that do not.
  const rows = [...stages].sort(
    ([a], [b]) => Number(a.startsWith("waiting")) - Number(b.startsWith("waiting")),
  );
  return rows.map(([where, who]) => `${where}: ${shorten(who)}`).join("; ");
}

function shorten(who: readonly string[]): string {
  const more = who.length - NAMED;
  return `${who.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
