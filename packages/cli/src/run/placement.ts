import { availableParallelism } from "node:os";
import { formatParams } from "@groundplan/runtime";
import type { Share } from "../host/environments.ts";
import type { Group } from "./groups.ts";

/** The instances of one process. */
export type Placement = readonly Share[];

/**
 * A process costs some 70 MB and a third of a second of a core to start. One an instance up to eight a core; beyond
 * that, instances share.
 */
export function processesFor(instances: number, wanted: number | undefined): number {
  return Math.min(instances, wanted ?? Math.max(16, 8 * availableParallelism()));
}

/** Spreads the instances evenly, in order; neighbours share a process. */
export function place(groups: readonly Group[], processes: number): readonly Placement[] {
  const seats = groups.flatMap((group) =>
    Array.from({ length: group.instances }, (_, ordinal) => ({ group, ordinal })),
  );
  return Array.from({ length: processes }, (_, index) => {
    const from = Math.floor((index * seats.length) / processes);
    const to = Math.floor(((index + 1) * seats.length) / processes);
    const here = seats.slice(from, to);
    return groups.flatMap((group) => {
      const mine = here.filter((seat) => seat.group === group);
      const first = mine[0]?.ordinal;
      return first === undefined ? [] : [shareOf(group, first, mine.length)];
    });
  });
}

/** Some instances of a group, as a process is told of them. */
export function shareOf(group: Group, first: number, count: number): Share {
  const { id, instances, params, profiles = {} } = group;
  return {
    group: id,
    groupInstances: instances,
    params: formatParams(params),
    profiles: formatParams(profiles),
    first,
    count,
  };
}

/** `10 processes, an instance each` or `16 processes, 6 or 7 instances each`; those of artifacts have one. */
export function describePlacement(placements: readonly Placement[], artifacts = 0): string {
  const own = `${artifacts} of ${artifacts === 1 ? "an artifact" : "artifacts"}`;
  if (artifacts === 0) return describeHosts(placements);
  return placements.length === 0 ? own : `${describeHosts(placements)}, and ${own}`;
}

function describeHosts(placements: readonly Placement[]): string {
  const sizes = placements.map((shares) => shares.reduce((sum, { count }) => sum + count, 0));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const processes = placements.length === 1 ? "one process" : `${placements.length} processes`;
  if (most === 1) return `${processes}, an instance each`;
  return `${processes}, ${least === most ? most : `${least} or ${most}`} instances each`;
}
