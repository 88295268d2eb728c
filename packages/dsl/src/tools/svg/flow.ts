import { insideRoles } from "../../allotment.ts";
import type { Definition } from "../../definition.ts";
import { dataEdges } from "../data-edges.ts";
import { type Lane, lanesFor } from "./flow-lanes.ts";
import { type FlowNode, flowLayout } from "./flow-layout.ts";
import { drawFrame } from "./frame.ts";
import { Picture } from "./picture.ts";
import { HUES } from "./theme.ts";

const MARGIN = 20;
const FIRST_LANE = 22;
const LANE = 11;

/** Stages in boxes from top to bottom; at the side, the values that go from one to others. */
export function flowSvg({ roles, stages }: Pick<Definition, "roles" | "stages">): string {
  const picture = new Picture();
  const { nodes, right, bottom } = flowLayout(stages, Object.keys(insideRoles(roles)));
  const lanes = lanesFor(nodes, dataEdges(stages));
  for (const node of nodes) drawNode(picture, node);
  for (const [index, lane] of lanes.entries()) drawLane(picture, lane, right, `v${index % HUES}`);
  const outermost = lanes.reduce((most, { place }) => Math.max(most, place + 1), 0);
  const side = outermost === 0 ? 0 : FIRST_LANE + (outermost - 1) * LANE;
  return picture.svg(right + side + MARGIN, bottom, "stages, with the values between them");
}

function drawNode(picture: Picture, { area, caption, look, divides, after }: FlowNode): void {
  if (after !== undefined) {
    const middle = area.x + area.width / 2;
    picture.line(
      [
        [middle, after],
        [middle, area.y - 4],
      ],
      "next",
    );
    picture.head(middle, area.y, "down", "next-head");
  }
  if (look === "frame") drawFrame(picture, area, caption, divides);
  else picture.captioned(area, caption, look, look === "box" ? 4 : 14);
}

function drawLane(picture: Picture, { from, to, place }: Lane, right: number, look: string): void {
  const x = right + FIRST_LANE + place * LANE;
  const ys = [from.y, ...to.map(({ y }) => y)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  picture.line(
    [
      [from.x, from.y],
      [x, from.y],
    ],
    look,
  );
  picture.line(
    [
      [x, top],
      [x, bottom],
    ],
    look,
  );
  for (const end of to) {
    picture.line(
      [
        [x, end.y],
        [end.x + 4, end.y],
      ],
      look,
    );
    picture.head(end.x, end.y, "left", `${look}-head`);
    if (end.y > top && end.y < bottom) picture.dot(x, end.y, `${look}-head`);
  }
  if (from.y > top && from.y < bottom) picture.dot(x, from.y, `${look}-head`);
}
