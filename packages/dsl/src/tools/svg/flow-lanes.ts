import type { DataEdge } from "../data-edges.ts";
import type { FlowNode } from "./flow-layout.ts";

/** A value on its way down the side: from the stage that gives it to all that use it. */
export interface Lane {
  readonly from: { readonly x: number; readonly y: number; readonly id: string };
  readonly to: readonly { readonly x: number; readonly y: number; readonly id: string }[];
  /** How far out it runs, from 0. */
  readonly place: number;
}

const TAB_MIDDLE = 11;

/** A lane for each value that is used, as far in as those before it leave room. */
export function lanesFor(nodes: readonly FlowNode[], edges: readonly DataEdge[]): readonly Lane[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const values = [...new Set(edges.map(({ from }) => from))];
  const arrivals = new Map<string, number>();
  const lanes: Lane[] = [];
  const ends: { readonly top: number; readonly bottom: number }[][] = [];
  for (const node of nodes.filter(({ id }) => values.includes(id))) {
    const users = edges.filter(({ from }) => from === node.id);
    const targets = [...new Set(users.map(({ to }) => to))].flatMap((id) => {
      const user = byId.get(id);
      return user === undefined ? [] : [arrival(user, arrivals, edges)];
    });
    const from = departure(node);
    const ys = [from.y, ...targets.map(({ y }) => y)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const place = freePlace(ends, top, bottom);
    ends[place] = [...(ends[place] ?? []), { top, bottom }];
    lanes.push({ from, to: targets, place });
  }
  return lanes;
}

function freePlace(
  taken: readonly (readonly { readonly top: number; readonly bottom: number }[])[],
  top: number,
  bottom: number,
): number {
  const free = taken.findIndex((spans) =>
    spans.every((span) => span.bottom < top - 4 || span.top > bottom + 4),
  );
  return free >= 0 ? free : taken.length;
}

/** Near the lower edge, below what comes in. */
function departure({ id, area }: FlowNode): Lane["from"] {
  return { id, x: area.x + area.width, y: area.y + area.height - 8 };
}

/** What comes into a stage from several lanes does so at several heights. */
function arrival(
  { id, area, look }: FlowNode,
  arrivals: Map<string, number>,
  edges: readonly DataEdge[],
): Lane["from"] {
  const index = arrivals.get(id) ?? 0;
  arrivals.set(id, index + 1);
  const x = area.x + area.width;
  if (look === "frame") return { id, x, y: area.y + TAB_MIDDLE + 5 * index };
  const all = new Set(edges.filter(({ to }) => to === id).map(({ from }) => from)).size;
  return { id, x, y: area.y + 8 + index * Math.min(9, (area.height - 20) / all) };
}
