import type { Stage } from "../stage.ts";
import { placedStages } from "./stage-rows.ts";

/** What one stage gives and another uses. */
export interface DataEdge {
  readonly from: string;
  readonly to: string;
  /** As the stage that uses it calls it. */
  readonly name: string;
}

/** All values and signals that go from stage to stage, in the order of the stages that use them. */
export function dataEdges(stages: readonly Stage[]): readonly DataEdge[] {
  return placedStages(stages).flatMap(({ stage }) => edgesInto(stage));
}

function edgesInto(stage: Stage): readonly DataEdge[] {
  const to = stage.id;
  switch (stage.kind) {
    case "run":
    case "connect":
      return Object.entries(stage.needs).map(([name, from]) => ({ from, to, name }));
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
      return [{ from: stage.value, to, name: "value" }];
    case "wait":
      return [{ from: stage.signal, to, name: "signal" }];
    case "branch":
      return [{ from: stage.on, to, name: "if" }];
    case "repeat":
      return [{ from: stage.until, to, name: "until" }];
    case "shape":
    case "receive":
    case "signal":
    case "barrier":
    case "rounds":
      return [];
  }
}
