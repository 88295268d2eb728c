import type { OldRuns } from "@groundplan/sync/redis";

/** What was removed, or would be: a line a run, the oldest first, and a sum. */
export function report({ store, removed, younger }: OldRuns, dryRun: boolean): string {
  const verb = dryRun ? "would remove" : "removed";
  const lines = [...removed]
    .sort((a, b) => b.ageMs - a.ageMs)
    .map(
      ({ base, ageMs, keys }) =>
        `${verb} ${printable(base)}: ${many(keys, "key")}, started ${age(ageMs)} ago`,
    );
  const keys = removed.reduce((sum, run) => sum + run.keys, 0);
  const sum = `${many(removed.length, "run")} with ${many(keys, "key")}`;
  return [...lines, `${store}: ${verb} ${sum}; ${many(younger, "younger run")} left`].join("\n");
}

function many(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function age(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
  ] as const;
  const [unit, unitMs] = units.find(([, size]) => ms >= 2 * size) ?? ["s", 1_000];
  return `${Math.floor(ms / unitMs)}${unit}`;
}

/** Names are anybody's: a terminal must not obey them. */
function printable(name: string): string {
  return name.replace(/\p{C}/gu, "\ufffd");
}
