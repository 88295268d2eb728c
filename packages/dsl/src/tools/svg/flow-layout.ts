import type { Stage } from "../../stage.ts";
import { frameCaption, stageCaptionWithRoles } from "./captions.ts";
import { type Divide, TAB } from "./frame.ts";
import { type Area, type Caption, captionWidth, stackedWidth } from "./picture.ts";

/** A stage as a box, or as a frame around others. */
export interface FlowNode {
  readonly id: string;
  readonly area: Area;
  readonly caption: Caption;
  readonly look: "box" | "band" | "wave" | "frame";
  /** Lines across a frame, where its other arm begins. */
  readonly divides: readonly Divide[];
  /** The last box before it in the same frame, which an arrow comes from. */
  readonly after: number | undefined;
}

const MARGIN = 20;
const BOX = 44;
const GAP = 18;
const INDENT = 16;
const PAD = 28;

/** Boxes below each other, all as wide as their depth in frames allows. */
export function flowLayout(
  stages: readonly Stage[],
  all: readonly string[],
): { readonly nodes: readonly FlowNode[]; readonly right: number; readonly bottom: number } {
  const layout = new FlowLayout(all, widthFor(stages, all));
  const bottom = layout.place(stages, "", 0, MARGIN);
  return { nodes: layout.nodes, right: layout.right, bottom };
}

class FlowLayout {
  readonly nodes: FlowNode[] = [];
  readonly right: number;
  readonly #all: readonly string[];
  readonly #width: number;

  constructor(all: readonly string[], width: number) {
    this.#all = all;
    this.#width = width;
    this.right = MARGIN + width;
  }

  /** The y below all of them, with a gap. */
  place(stages: readonly Stage[], outer: string, depth: number, top: number): number {
    let y = top;
    let after: number | undefined;
    for (const stage of stages) {
      const frame = framed(stage);
      const end =
        frame === undefined
          ? this.#box(stage, outer, depth, y, after)
          : this.#frame(stage, frame, outer, depth, y, after);
      after = end;
      y = end + GAP;
    }
    return y;
  }

  #box(stage: Stage, outer: string, depth: number, y: number, after: number | undefined): number {
    const look = { barrier: "band", shape: "wave" }[stage.kind as string] ?? "box";
    this.nodes.push({
      id: stage.id,
      area: this.#area(depth, y, BOX),
      caption: stageCaptionWithRoles(stage, outer, this.#all),
      look: look as FlowNode["look"],
      divides: [],
      after,
    });
    return y + BOX;
  }

  #frame(
    stage: Stage,
    arms: readonly FlowArm[],
    outer: string,
    depth: number,
    top: number,
    after: number | undefined,
  ): number {
    const divides: Divide[] = [];
    const index = this.nodes.length;
    let y = top;
    for (const { stages, prefix, title } of arms) {
      if (title !== undefined) divides.push({ y, caption: { title } });
      y = this.place(stages, prefix, depth + 1, y + TAB + GAP);
    }
    const area = this.#area(depth, top, y - top);
    const caption = frameCaption(stage, outer);
    // Before what lies in it, which is drawn over it.
    this.nodes.splice(index, 0, { id: stage.id, area, caption, look: "frame", divides, after });
    return y;
  }

  #area(depth: number, y: number, height: number): Area {
    return { x: MARGIN + INDENT * depth, y, width: this.#width - 2 * INDENT * depth, height };
  }
}

interface FlowArm {
  readonly stages: readonly Stage[];
  readonly prefix: string;
  readonly title?: string;
}

function framed(stage: Stage): readonly FlowArm[] | undefined {
  if (stage.kind === "branch") {
    const yes = { stages: stage.then, prefix: `${stage.id}/then` };
    const no = { stages: stage.else, prefix: `${stage.id}/else`, title: "else" };
    return stage.else.length === 0 ? [yes] : [yes, no];
  }
  return "stages" in stage ? [{ stages: stage.stages, prefix: stage.id }] : undefined;
}

/** The width of the outermost, so that the texts of the innermost fit too. */
function widthFor(stages: readonly Stage[], all: readonly string[], outer = "", depth = 0): number {
  const widths = stages.map((stage) => {
    const arms = framed(stage);
    if (arms === undefined) {
      return stackedWidth(stageCaptionWithRoles(stage, outer, all)) + PAD + 2 * INDENT * depth;
    }
    const own = captionWidth(frameCaption(stage, outer)) + PAD + 2 * INDENT * depth;
    const inner = arms.map((arm) => widthFor(arm.stages, all, arm.prefix, depth + 1));
    return Math.max(own, ...inner);
  });
  return Math.max(200, ...widths);
}
