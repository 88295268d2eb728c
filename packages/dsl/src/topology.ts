import type { Member } from "./member.ts";
import type { Random } from "./random.ts";
import { checkFromOne } from "./retry.ts";

declare const roles: unique symbol;

/** Who dials, by id, and whom. */
export type Edge = readonly [from: number, to: number];

/** The edges of a {@link custom} topology. */
export type EdgesOf = (members: readonly Member[], random: Random) => Iterable<Edge>;

/** A topology as data: JSON, without the function of a custom one. */
export type TopologyData =
  | { readonly kind: "ring" | "line" | "full" | "custom" }
  | { readonly kind: "tree"; readonly arity: number }
  | { readonly kind: "star"; readonly hub: string }
  /** `to`: the role that those are of who are dialled; any, unless given. */
  | { readonly kind: "random"; readonly k: number; readonly to?: string };

/** Who is to be linked with whom. `R`: the roles it names. The instances of each link are in order of id. */
export interface Topology<out R extends string = never> {
  readonly data: TopologyData;
  /** Of a custom one. */
  readonly edges?: EdgesOf;
  readonly [roles]?: R;
}

/** A link as the instance that dialled it has it. */
export interface Link<T> {
  /** Whom it dialled. */
  readonly peer: Member;
  /** What the body returned. */
  readonly value: T;
}

/** Everyone dials the next in order of id, the last the first: two links each. Of two instances, the one link. */
export function ring(): Topology {
  return topology({ kind: "ring" });
}

/** Everyone dials the next in order of id. */
export function line(): Topology {
  return topology({ kind: "line" });
}

/** Every pair once: the younger dials the older, whose id is less. */
export function full(): Topology {
  return topology({ kind: "full" });
}

/**
 * Everyone but the first, who is the root, dials its parent; so many, 2 unless given, dial one.
 *
 * @throws DefinitionError `"bad-option"` unless the arity is a whole number, 1 or more.
 */
export function tree(arity = 2): Topology {
  checkFromOne(arity, "tree(): the arity");
  return topology({ kind: "tree", arity });
}

/** Everyone else dials every instance of this role. */
export function star<const R extends string>(hub: R): Topology<R> {
  return topology({ kind: "star", hub });
}

/**
 * Everyone dials k others, drawn with the run's seed; with `to`, k of that role. All of them, where there are fewer. Each
 * stage and round draws anew; two may dial each other.
 *
 * @throws DefinitionError `"bad-option"` unless k is a whole number, 1 or more.
 */
export function random<const R extends string = never>(
  k: number,
  { to }: { readonly to?: R } = {},
): Topology<R> {
  checkFromOne(k, "random(): k");
  return topology({ kind: "random", k, ...(to === undefined ? {} : { to }) });
}

/**
 * The edges that the function gives, from ids to ids. It is called at every instance, with the same members, in order of
 * id, and the same draws, and has to give the same edges.
 */
export function custom(edges: EdgesOf): Topology {
  return Object.freeze({ data: Object.freeze({ kind: "custom" }), edges });
}

/** The role that a topology names, if it does. */
export function namedRole(data: TopologyData): string | undefined {
  if (data.kind === "star") return data.hub;
  return data.kind === "random" ? data.to : undefined;
}

function topology<R extends string>(data: TopologyData): Topology<R> {
  return Object.freeze({ data: Object.freeze(data) });
}
