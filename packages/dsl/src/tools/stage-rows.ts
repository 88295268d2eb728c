import type { Stage } from "../stage.ts";

/** A stage, or an arm of a branch, where it stands among the others. */
export interface StageRow {
  readonly stage: Stage;
  /** Of the first row of an arm, instead of a stage's. */
  readonly arm?: "then" | "else";
  /** In how many others it stands, and in how many arms. */
  readonly depth: number;
  /** In how many others it stands. */
  readonly nesting: number;
  /** How often it is visited at most. */
  readonly visits: number;
  /** Whether it stands in an arm, so that it may not be visited at all. */
  readonly isOptional: boolean;
}

type Place = Omit<StageRow, "stage" | "arm">;

const TOP: Place = { depth: 0, nesting: 0, visits: 1, isOptional: false };

/** All stages in order, those inside others after them; each arm of a branch begins with a row of its own. */
export function stageRows(stages: readonly Stage[], place: Place = TOP): readonly StageRow[] {
  return stages.flatMap((stage) => [{ stage, ...place }, ...innerRows(stage, place)]);
}

/** As {@link stageRows}, without the rows of arms. */
export function placedStages(stages: readonly Stage[]): readonly StageRow[] {
  return stageRows(stages).filter(({ arm }) => arm === undefined);
}

function innerRows(stage: Stage, place: Place): readonly StageRow[] {
  const inner = { ...place, depth: place.depth + 1, nesting: place.nesting + 1 };
  switch (stage.kind) {
    case "rounds":
      return stageRows(stage.stages, { ...inner, visits: place.visits * stage.times });
    case "repeat":
      return stageRows(stage.stages, { ...inner, visits: place.visits * stage.max });
    case "branch":
      return [...armRows(stage, "then", inner), ...armRows(stage, "else", inner)];
    default:
      return [];
  }
}

function armRows(
  stage: Stage & { kind: "branch" },
  arm: "then" | "else",
  place: Place,
): readonly StageRow[] {
  if (stage[arm].length === 0) return [];
  const within = { ...place, depth: place.depth + 1, isOptional: true };
  return [{ stage, arm, ...place }, ...stageRows(stage[arm], within)];
}
