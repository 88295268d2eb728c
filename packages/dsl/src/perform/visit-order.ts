import { innerStages } from "../inner-stages.ts";
import type { Stage } from "../stage.ts";
import type { Progress } from "./progress.ts";

/** Where a stage stands in the order of visits: indices and rounds, the outermost first. */
type Position = readonly number[];

const LAST: Position = [Number.MAX_SAFE_INTEGER];

/**
 * Those who were seen behind a stage, or waiting in it: all of them visit the same stages in the same order. What there
 * is to go by where a store only counts.
 */
export function passedBy(
  stages: readonly Stage[],
  key: string,
  progress: ReadonlyMap<number, Progress>,
): ReadonlySet<number> {
  // The end of a turn is counted beside its stage.
  const [stage = key] = key.split(":");
  const here = positionOf(stages, stage);
  const passed = [...progress].filter(([, seen]) => {
    if (seen.stage === stage) return seen.doing === "wait" && stage === key;
    return compare(positionOf(stages, seen.stage), here) > 0;
  });
  return new Set(passed.map(([id]) => id));
}

/** `@roster` is before all others, `@end` behind them. */
function positionOf(stages: readonly Stage[], key: string): Position {
  if (key.startsWith("@")) return key === "@end" ? LAST : [];
  const [id = key, rounds = ""] = key.split("#");
  const numbers = rounds === "" ? [] : rounds.split(".").map(Number);
  return search(stages, id, numbers) ?? [];
}

function search(
  stages: readonly Stage[],
  id: string,
  rounds: readonly number[],
): Position | undefined {
  for (const [index, stage] of stages.entries()) {
    if (stage.id === id) return [index];
    const isBranch = stage.kind === "branch";
    const inner = search(innerStages(stage), id, isBranch ? rounds : rounds.slice(1));
    if (inner !== undefined) return [index, ...(isBranch ? [] : rounds.slice(0, 1)), ...inner];
  }
  return undefined;
}

function compare(a: Position, b: Position): number {
  for (let depth = 0; depth < Math.max(a.length, b.length); depth++) {
    const difference = (a[depth] ?? -1) - (b[depth] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
