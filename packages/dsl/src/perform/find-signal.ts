import { innerStages } from "../inner-stages.ts";
import type { Stage } from "../stage.ts";

export interface FoundSignal {
  readonly at: readonly string[];
  readonly state: string | undefined;
  /** How many rounds it stands in. */
  readonly depth: number;
}

/** The signal that a stage waits for. */
export function findSignal(stages: readonly Stage[], id: string): FoundSignal {
  const found = search(stages, id, 0);
  if (found === undefined) throw new TypeError(`the definition has no signal '${id}'`);
  return found;
}

function search(stages: readonly Stage[], id: string, depth: number): FoundSignal | undefined {
  for (const stage of stages) {
    if (stage.kind === "signal" && stage.id === id) {
      return { at: stage.at, state: stage.state, depth };
    }
    const inner = search(innerStages(stage), id, stage.kind === "branch" ? depth : depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
