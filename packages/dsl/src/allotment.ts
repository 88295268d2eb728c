import { DefinitionError } from "./definition-error.ts";
import { type Candidate, Pool } from "./pool.ts";
import { seededRandom } from "./random.ts";
import type { ParamValue, RoleData } from "./roles.ts";
import { sharesOf } from "./shares.ts";
import { survivorsNeeded } from "./tolerance.ts";

type InsideRole = Exclude<RoleData, { kind: "outside" }>;
type RoleMap = Readonly<Record<string, InsideRole>>;

/** The instances of each role, in the order in which the roles were served. */
type Allotment<C extends Candidate> = ReadonlyMap<string, readonly C[]>;

/** A role while it is being served. */
interface Request {
  readonly name: string;
  readonly role: InsideRole;
  /** How many it takes; all that it may have unless given. */
  readonly n: number | undefined;
  /** How many it must have. */
  readonly least: number;
  /** Of whom: `" of group 'a'"`, or nothing for anyone. */
  readonly whom: string;
  mayHave(candidate: Candidate): boolean;
}

/**
 * Which instances each role takes. The more specific roles are served first, else one that can take any instance would
 * take those that another can do with alone: those bound to a group or to parameters, then a single instance, then a
 * number, then a share, then those drawn, then whoever is left; in declaration order within each.
 *
 * @param candidates in the order in which they are taken.
 * @param seed what samples are drawn from.
 * @throws DefinitionError `"unknown-group"`, `"too-few-instances"` or `"instances-left"`.
 */
export function allot<C extends Candidate>(
  roles: RoleMap,
  candidates: readonly C[],
  seed: string,
): Allotment<C> {
  const pool = new Pool(candidates);
  const taken = new Map<string, readonly C[]>();
  const shares = sharesOf(roles, candidates.length);
  const inOrder = Object.entries(roles).sort(([, a], [, b]) => rank(a) - rank(b));
  for (const [name, role] of inOrder) {
    const request = requestOf(name, role, shares.get(name));
    checkEnough(request, pool, taken);
    const chosen = choose(request, pool.left(request.mayHave), seed);
    checkSurvivors(request, chosen.length);
    pool.take(chosen);
    taken.set(name, chosen);
  }
  checkNoneLeft(pool, taken);
  return taken;
}

/** The roles that instances are given, in declaration order. */
export function insideRoles(roles: Readonly<Record<string, RoleData>>): RoleMap {
  const inside = Object.entries(roles).filter(
    (entry): entry is [string, InsideRole] => entry[1].kind !== "outside",
  );
  return Object.fromEntries(inside);
}

/** How many instances of the run are outside of these roles. */
export function outsideCount(
  roles: Readonly<Record<string, RoleData>>,
  names: readonly string[] = Object.keys(roles),
): number {
  return names.reduce((sum, name) => {
    const role = roles[name];
    return role?.kind === "outside" ? sum + role.n : sum;
  }, 0);
}

/** How many instances a role has at least, whatever their number is in all. */
export function leastOf(role: RoleData): number {
  if (role.kind === "one") return 1;
  return "n" in role ? role.n : role.min;
}

function rank(role: InsideRole): number {
  if (role.kind === "one") return role.group === undefined ? 2 : 0;
  return { group: 1, where: 1, count: 3, percent: 4, sample: 5, rest: 6 }[role.kind];
}

function requestOf(name: string, role: InsideRole, share: number | undefined): Request {
  const n = role.kind === "one" || "n" in role ? leastOf(role) : share;
  const request = { name, role, n, least: n ?? leastOf(role) };
  if ("group" in role && role.group !== undefined) {
    const { group } = role;
    const mayHave = (candidate: Candidate): boolean => candidate.group === group;
    return { ...request, whom: ` of group '${group}'`, mayHave };
  }
  if (role.kind !== "where") return { ...request, whom: "", mayHave: () => true };
  const values = Object.entries(role.params);
  const mayHave = ({ params = {} }: Candidate): boolean =>
    values.every(([param, value]) => params[param] === value);
  return { ...request, whom: ` with ${joined(values.map(shownValue))}`, mayHave };
}

function shownValue([param, value]: readonly [string, ParamValue]): string {
  return `${param} = ${JSON.stringify(value)}`;
}

function choose<C extends Candidate>(
  { name, role, n }: Request,
  left: readonly C[],
  seed: string,
): readonly C[] {
  if (n === undefined) return left;
  if (role.kind !== "sample") return left.slice(0, n);
  const drawn = new Set(seededRandom(seed, "sample", name).sample(left, n));
  return left.filter((candidate) => drawn.has(candidate));
}

function checkEnough<C extends Candidate>(
  request: Request,
  pool: Pool<C>,
  taken: Allotment<C>,
): void {
  const { name, role, n, least, mayHave } = request;
  if (role.kind !== "one" && n !== undefined && n < role.min) {
    throw new DefinitionError(
      "too-few-instances",
      `role '${name}' ${asks(request, pool)}, but needs at least ${role.min}; ` +
        "declare it with { min: 0 } if nobody may have it",
    );
  }
  if (pool.left(mayHave).length >= least) return;
  const group = "group" in role ? role.group : undefined;
  const isUnknown = group !== undefined && !pool.groups.has(group);
  throw new DefinitionError(
    isUnknown ? "unknown-group" : "too-few-instances",
    `role '${name}' ${asks(request, pool)}, but ` +
      (isUnknown ? noGroup(pool) : shortage(request, pool, taken)),
  );
}

/** Refuses what the first loss, or none at all, would abort by a mistake. */
function checkSurvivors({ name, role }: Request, size: number): void {
  const need = survivorsNeeded(role, size);
  if (need <= size) return;
  throw new DefinitionError(
    "too-few-instances",
    `role '${name}' has ${size}, but at least ${need} of it must survive; ` +
      'start more, or say with { atLeast } how many fewer, or which share such as "90%"',
  );
}

function asks({ role, n, whom }: Request, pool: Pool<Candidate>): string {
  if (role.kind === "one") return `takes 1${whom}`;
  if (role.kind === "percent") return `takes ${n} (${role.share} % of ${pool.size()})`;
  if (!("n" in role)) return `needs at least ${role.min}${whom}`;
  return `takes ${role.n}${role.param === undefined ? "" : ` (parameter ${role.param})`}`;
}

function noGroup(pool: Pool<Candidate>): string {
  const groups = [...pool.groups].map(([group, n]) => `'${group}' (${n})`);
  return `there is no such group; the groups are ${joined(groups) || "none"}`;
}

function shortage(
  { whom, mayHave }: Request,
  pool: Pool<Candidate>,
  taken: Allotment<Candidate>,
): string {
  const [left, size] = [pool.left(mayHave).length, pool.size(mayHave)];
  const before = takers(taken, mayHave);
  if (size === 0) return "there are none";
  if (before === "") return `there ${isAre(size)} only ${size}`;
  if (size === 1) return `the only one went to ${before}`;
  const some = left === 0 ? "none" : `only ${left}`;
  const verb = left === 0 ? "is" : isAre(left);
  return `${some} of ${size} instances${whom} ${verb} left after ${before}`;
}

function checkNoneLeft(pool: Pool<Candidate>, taken: Allotment<Candidate>): void {
  const left = pool.left().length;
  if (left === 0) return;
  const where = [...pool.groupsLeft].map(([group, n]) => `${n} of group '${group}'`);
  throw new DefinitionError(
    "instances-left",
    `${left} of ${pool.size()} instances ${left === 1 ? "has" : "have"} no role after ` +
      `${takers(taken)}: ${joined(where)}; start fewer, or declare a role with rest()`,
  );
}

/** The roles that took some of these, or of all, with how many. */
function takers(
  taken: Allotment<Candidate>,
  ofThese: (candidate: Candidate) => boolean = () => true,
): string {
  const sizes = [...taken].map(([name, chosen]) => ({ name, n: chosen.filter(ofThese).length }));
  return joined(sizes.filter(({ n }) => n > 0).map(({ name, n }) => `'${name}' (${n})`));
}

function joined(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function isAre(n: number): string {
  return n === 1 ? "is" : "are";
}
