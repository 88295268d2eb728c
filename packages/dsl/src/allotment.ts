import { DefinitionError } from "./definition-error.ts";
import { Pool, type Share } from "./pool.ts";
import type { RoleData } from "./roles.ts";

type RoleMap = Readonly<Record<string, RoleData>>;

/** The instances of each role, in the order in which the roles were served. */
type Allotment = ReadonlyMap<string, readonly Share[]>;

/**
 * Which instances of which groups each role takes. The more specific roles are served first, else
 * one that can take any instance would take those that another can do with alone: those bound to a
 * group, then a single instance, then a number, then whoever is left; in declaration order within
 * each.
 *
 * @throws DefinitionError `"unknown-group"`, `"too-few-instances"` or `"instances-left"`.
 */
export function allot(roles: RoleMap, groups: Readonly<Record<string, number>>): Allotment {
  const pool = new Pool(groups);
  const taken = new Map<string, readonly Share[]>();
  const inOrder = Object.entries(roles).sort(([, a], [, b]) => rank(a) - rank(b));
  for (const [name, role] of inOrder) {
    checkEnough(name, role, pool, taken);
    taken.set(name, pool.take(size(role, pool), groupOf(role)));
  }
  checkNoneLeft(pool, taken);
  return taken;
}

/** How many instances a role has at least. */
export function leastOf(role: RoleData): number {
  if (role.kind === "one") return 1;
  return role.kind === "count" ? role.n : role.min;
}

/** How many instances a share list holds. */
export function sizeOf(shares: readonly Share[]): number {
  return shares.reduce((total, share) => total + share.size, 0);
}

function rank(role: RoleData): number {
  if (role.kind === "one") return role.group === undefined ? 2 : 0;
  return { group: 1, count: 3, rest: 4 }[role.kind];
}

function size(role: RoleData, pool: Pool): number {
  return role.kind === "one" || role.kind === "count" ? leastOf(role) : pool.left(groupOf(role));
}

function groupOf(role: RoleData): string | undefined {
  return role.kind === "one" || role.kind === "group" ? role.group : undefined;
}

function checkEnough(name: string, role: RoleData, pool: Pool, taken: Allotment): void {
  if (role.kind === "count" && role.n < role.min) {
    throw new DefinitionError(
      "too-few-instances",
      `role '${name}' ${request(role)}, but needs at least ${role.min}; ` +
        "declare it with { min: 0 } if nobody may have it",
    );
  }
  const group = groupOf(role);
  if (pool.left(group) >= leastOf(role)) return;
  const isUnknown = group !== undefined && !pool.groups.has(group);
  throw new DefinitionError(
    isUnknown ? "unknown-group" : "too-few-instances",
    `role '${name}' ${request(role)}, but ${isUnknown ? noGroup(pool) : shortage(group, pool, taken)}`,
  );
}

function request(role: RoleData): string {
  if (role.kind === "one") return `takes 1${inGroup(role.group)}`;
  if (role.kind !== "count") return `needs at least ${role.min}${inGroup(groupOf(role))}`;
  return `takes ${role.n}${role.param === undefined ? "" : ` (parameter ${role.param})`}`;
}

function noGroup(pool: Pool): string {
  const groups = [...pool.groups].map(([group, n]) => `'${group}' (${n})`);
  return `there is no such group; the groups are ${joined(groups) || "none"}`;
}

function shortage(group: string | undefined, pool: Pool, taken: Allotment): string {
  const [left, size] = [pool.left(group), pool.size(group)];
  const before = takers(taken, group);
  if (size === 0) return "there are none";
  if (before === "") return `there ${isAre(size)} only ${size}`;
  if (size === 1) return `the only one went to ${before}`;
  const some = left === 0 ? "none" : `only ${left}`;
  const verb = left === 0 ? "is" : isAre(left);
  return `${some} of ${size} instances${inGroup(group)} ${verb} left after ${before}`;
}

function checkNoneLeft(pool: Pool, taken: Allotment): void {
  const left = pool.left();
  if (left === 0) return;
  const where = [...pool.groups.keys()]
    .filter((group) => pool.left(group) > 0)
    .map((group) => `${pool.left(group)}${inGroup(group)}`);
  throw new DefinitionError(
    "instances-left",
    `${left} of ${pool.size()} instances ${left === 1 ? "has" : "have"} no role after ` +
      `${takers(taken)}: ${joined(where)}; start fewer, or declare a role with rest()`,
  );
}

/** The roles that took some of the group, or of all, with how many. */
function takers(taken: Allotment, group?: string): string {
  const counts = [...taken].map(([name, shares]) => {
    const ofGroup = shares.filter((share) => group === undefined || share.group === group);
    return { name, size: sizeOf(ofGroup) };
  });
  return joined(
    counts.filter(({ size }) => size > 0).map(({ name, size }) => `'${name}' (${size})`),
  );
}

function joined(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function inGroup(group: string | undefined): string {
  return group === undefined ? "" : ` of group '${group}'`;
}

function isAre(n: number): string {
  return n === 1 ? "is" : "are";
}
