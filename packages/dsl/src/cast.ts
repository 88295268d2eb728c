import { allot, insideRoles, leastOf } from "./allotment.ts";
import type { Member } from "./member.ts";
import { withoutOutside } from "./outside-groups.ts";
import type { ParamValue, RoleData } from "./roles.ts";

type RoleMap = Readonly<Record<string, RoleData>>;

/** One instance as it announces itself when it joins. */
export interface RosterEntry {
  /** The order of arrival, from 1: a race. */
  readonly seq: number;
  readonly group: string;
  /** The instance's index in its group, where the runner says it. */
  readonly ordinal?: number;
  readonly host?: string;
  /** Its own values of the parameters that `where` roles choose by. */
  readonly params?: Readonly<Record<string, ParamValue>>;
}

/**
 * The ids of a role: so many from `first`; of an empty role, `first` is where they would begin. Of a role of outside
 * instances, which have no ids, `first` is 0.
 */
export interface RoleRange {
  readonly first: number;
  readonly size: number;
}

/** Who has which role and id. */
export interface Cast {
  /** In order of id. */
  readonly members: readonly (Member & { readonly seq: number })[];
  readonly roles: Readonly<Record<string, RoleRange>>;
}

/**
 * Gives every instance a role and an id. The result depends on the entries and the seed alone, not on the entries'
 * order, and on their sequence numbers only where neither ordinal nor host tells two of a group
 * apart, so that roles stay put from run to run.
 *
 * @param seed what the roles of a sample are drawn from.
 * @throws DefinitionError as {@link fits}.
 */
export function castRoles(roles: RoleMap, entries: readonly RosterEntry[], seed = ""): Cast {
  const allotment = allot(insideRoles(roles), [...entries].sort(compare), seed);
  const members = Object.keys(roles)
    .flatMap((role) => (allotment.get(role) ?? []).map(({ group, seq }) => ({ role, group, seq })))
    .map((member, index) => Object.freeze({ id: index + 1, ...member }));
  return Object.freeze({ members: Object.freeze(members), roles: ranges(roles, allotment) });
}

/**
 * The ids that each role gets from groups of these sizes, before any instance runs. Outside instances are among those
 * of the groups: of the group with the name of their role, or of those that no other role asks for by name, the last
 * first.
 *
 * @param params by group, its values of the parameters that `where` roles choose by.
 * @throws DefinitionError that names the role, what it asks and what there is: `"unknown-group"`,
 * `"too-few-instances"`, or `"instances-left"` where no role takes them.
 */
export function fits(
  roles: RoleMap,
  groups: Readonly<Record<string, number>>,
  params: Readonly<Record<string, Readonly<Record<string, ParamValue>>>> = {},
): Readonly<Record<string, RoleRange>> {
  const candidates = Object.entries(withoutOutside(roles, groups))
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([group, n]) => Array.from({ length: n }, () => ({ group, params: params[group] })));
  return ranges(roles, allot(insideRoles(roles), candidates, ""));
}

/** How many instances the roles need together, those outside included. */
export function minimumInstances(roles: RoleMap): number {
  return Object.values(roles).reduce((total, role) => total + leastOf(role), 0);
}

/** The roles with their sizes and ids, on one line: `"seed = 1 (#1)   peer = 99 (#2..#100)   go = 3 (outside)"`. */
export function describeCast({ roles }: Pick<Cast, "roles">): string {
  return Object.entries(roles)
    .map(([name, { first, size }]) => `${name} = ${size}${ids(first, size)}`)
    .join("   ");
}

function ids(first: number, size: number): string {
  if (first === 0) return " (outside)";
  if (size === 0) return "";
  return size === 1 ? ` (#${first})` : ` (#${first}..#${first + size - 1})`;
}

function ranges(
  roles: RoleMap,
  allotment: ReadonlyMap<string, readonly unknown[]>,
): Readonly<Record<string, RoleRange>> {
  let first = 1;
  const found: Record<string, RoleRange> = {};
  for (const [role, data] of Object.entries(roles)) {
    if (data.kind === "outside") {
      found[role] = Object.freeze({ first: 0, size: data.n });
      continue;
    }
    const size = allotment.get(role)?.length ?? 0;
    found[role] = Object.freeze({ first, size });
    first += size;
  }
  return Object.freeze(found);
}

/** By group; within it ordinals first, in order, then hosts, then arrival. */
function compare(a: RosterEntry, b: RosterEntry): number {
  return (
    compareText(a.group, b.group) ||
    (a.ordinal ?? Number.MAX_SAFE_INTEGER) - (b.ordinal ?? Number.MAX_SAFE_INTEGER) ||
    compareText(a.host ?? "", b.host ?? "") ||
    a.seq - b.seq
  );
}

/** By code unit: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
