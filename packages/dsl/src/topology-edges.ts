import { DefinitionError } from "./definition-error.ts";
import type { Member } from "./member.ts";
import { type Random, seededRandom } from "./random.ts";
import type { Edge, Topology, TopologyData } from "./topology.ts";

type Of<Kind extends TopologyData["kind"]> = TopologyData & { readonly kind: Kind };

/** Draws that belong to a part of the topology, such as those of one member. */
type DrawsOf = (...part: readonly number[]) => Random;

/**
 * Who dials whom: from id to id, in order of both. A pure function, so that it gives every instance and every tool the
 * same. Nobody dials itself, and nobody dials another twice; but for `random` and `custom`, no two dial each other.
 *
 * @param seed the run's, which the draws are made from.
 * @param stage the stage and round they are made for, `"mesh#2"`; others draw others.
 * @throws DefinitionError `"bad-topology"` for what the function of a custom topology gives.
 */
export function edgesOf(
  topology: Topology<string>,
  members: readonly Member[],
  seed: string,
  stage = "",
): readonly Edge[] {
  const inOrder = [...members].sort((a, b) => a.id - b.id);
  const draws: DrawsOf = (...part) => seededRandom(seed, "topology", stage, ...part);
  const edges = [...edgesAmong(topology, inOrder, draws)];
  return Object.freeze(edges.sort(([from, to], [from2, to2]) => from - from2 || to - to2));
}

function edgesAmong(
  { data, edges }: Topology<string>,
  members: readonly Member[],
  draws: DrawsOf,
): Iterable<Edge> {
  switch (data.kind) {
    case "ring":
      return [...line(members), ...closing(members)];
    case "line":
      return line(members);
    case "full":
      return members.flatMap((from, i) => members.slice(0, i).map((to) => edge(from, to)));
    case "tree":
      return tree(data, members);
    case "star":
      return star(data, members);
    case "random":
      return randomly(data, members, draws);
    case "custom":
      return checked(members, edges?.(Object.freeze(members), draws()) ?? []);
  }
}

function line(members: readonly Member[]): Edge[] {
  return members.slice(1).flatMap((to, i) => edgeFrom(members[i], to));
}

/** What makes a ring of a line of three or more; of two, it would be the same link again. */
function closing(members: readonly Member[]): Edge[] {
  const [first] = members;
  if (first === undefined || members.length < 3) return [];
  return edgeFrom(members.at(-1), first);
}

function tree({ arity }: Of<"tree">, members: readonly Member[]): Edge[] {
  return members.slice(1).flatMap((child, i) => {
    const parent = members[Math.floor(i / arity)];
    return parent === undefined ? [] : [edge(child, parent)];
  });
}

function star({ hub }: Of<"star">, members: readonly Member[]): Edge[] {
  const hubs = members.filter(({ role }) => role === hub);
  const others = members.filter(({ role }) => role !== hub);
  return others.flatMap((from) => hubs.map((to) => edge(from, to)));
}

function randomly({ k, to }: Of<"random">, members: readonly Member[], draws: DrawsOf): Edge[] {
  const dialled = to === undefined ? members : members.filter(({ role }) => role === to);
  const places = new Map(dialled.map(({ id }, place) => [id, place]));
  return members.flatMap((from) => {
    const own = places.get(from.id) ?? dialled.length;
    const others = dialled.length - (own < dialled.length ? 1 : 0);
    const drawn = distinct(Math.min(k, others), others, draws(from.id));
    // Its own place is left out, and those behind it move up.
    return drawn.flatMap((place) => {
      const peer = dialled[place < own ? place : place + 1];
      return peer === undefined ? [] : [edge(from, peer)];
    });
  });
}

/** So many different numbers below `below`: no more draws than that, however many there are to choose from. */
function distinct(n: number, below: number, random: Random): number[] {
  const drawn = new Set<number>();
  for (let last = below - n; last < below; last++) {
    const number = random.int(last + 1);
    drawn.add(drawn.has(number) ? last : number);
  }
  return [...drawn];
}

function* checked(members: readonly Member[], edges: Iterable<Edge>): Generator<Edge> {
  const ids = new Set(members.map(({ id }) => id));
  const seen = new Set<string>();
  for (const [from, to] of edges) {
    const name = `#${from} to #${to}`;
    const stranger = [from, to].find((id) => !ids.has(id));
    if (stranger !== undefined) refuse(name, `#${stranger} is none of the members it was given`);
    if (from === to) refuse(name, "nobody dials itself");
    if (seen.has(name)) refuse(name, "it is there twice");
    seen.add(name);
    yield [from, to];
  }
}

function refuse(edge: string, why: string): never {
  throw new DefinitionError("bad-topology", `custom(): the edge from ${edge}: ${why}`);
}

function edgeFrom(from: Member | undefined, to: Member): Edge[] {
  return from === undefined ? [] : [edge(from, to)];
}

function edge({ id: from }: Member, { id: to }: Member): Edge {
  return [from, to];
}
