import type { Stage } from "../../stage.ts";
import { frameCaption, stageCaption } from "./captions.ts";
import type { Caption } from "./picture.ts";

/** What a sequence diagram has below its heads, from top to bottom; columns are those of roles. */
export type SequenceRow =
  /** A box for each role whose instances run a body. */
  | { readonly type: "boxes"; readonly columns: readonly number[]; readonly caption: Caption }
  /** A band over the roles whose instances wait for each other. */
  | {
      readonly type: "band";
      readonly columns: readonly number[];
      readonly caption: Caption;
      readonly look: "band" | "wave";
    }
  /** To the store, and from it. */
  | {
      readonly type: "transfer";
      readonly from: readonly number[];
      readonly to: readonly number[];
      readonly caption: Caption;
    }
  /** A frame begins, goes on with another arm, ends. */
  | { readonly type: "open"; readonly caption: Caption }
  | { readonly type: "divide"; readonly caption: Caption }
  | { readonly type: "close" };

/** The rows of stages, with those inside others between `open` and `close`. */
export function sequenceRows(
  stages: readonly Stage[],
  roles: readonly string[],
  outer = "",
): readonly SequenceRow[] {
  return stages.flatMap((stage) => rowsOf(stage, roles, outer));
}

function rowsOf(stage: Stage, roles: readonly string[], outer: string): readonly SequenceRow[] {
  const columns = (names: readonly string[]): readonly number[] =>
    names.map((name) => roles.indexOf(name)).sort((a, b) => a - b);
  const caption = stageCaption(stage, outer);
  switch (stage.kind) {
    case "run":
    case "connect":
      return [{ type: "boxes", columns: columns(stage.at), caption }];
    case "barrier":
      return [{ type: "band", columns: columns(stage.at), caption, look: "band" }];
    case "shape":
      return [{ type: "band", columns: columns(stage.at), caption, look: "wave" }];
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
      return [{ type: "transfer", from: columns(stage.from), to: columns(stage.to), caption }];
    case "receive":
      return [{ type: "transfer", from: columns(stage.from), to: columns(stage.at), caption }];
    case "signal":
      return [{ type: "transfer", from: columns(stage.at), to: [], caption }];
    case "wait":
      return [{ type: "transfer", from: [], to: columns(stage.at), caption }];
    case "rounds":
    case "repeat":
      return framed(stage, outer, sequenceRows(stage.stages, roles, stage.id));
    case "branch": {
      const yes = sequenceRows(stage.then, roles, `${stage.id}/then`);
      const no = sequenceRows(stage.else, roles, `${stage.id}/else`);
      if (no.length === 0) return framed(stage, outer, yes);
      return framed(stage, outer, [...yes, { type: "divide", caption: { title: "else" } }, ...no]);
    }
  }
}

function framed(stage: Stage, outer: string, rows: readonly SequenceRow[]): readonly SequenceRow[] {
  return [{ type: "open", caption: frameCaption(stage, outer) }, ...rows, { type: "close" }];
}

/** How many frames lie in each other at most. */
export function depthOf(rows: readonly SequenceRow[]): number {
  let [depth, most] = [0, 0];
  for (const { type } of rows) {
    if (type === "open") depth += 1;
    if (type === "close") depth -= 1;
    most = Math.max(most, depth);
  }
  return most;
}
