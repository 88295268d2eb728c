import { leastOf } from "../allotment.ts";
import { fits, minimumInstances, type RoleRange } from "../cast.ts";
import type { Definition } from "../definition.ts";
import { DefinitionError } from "../definition-error.ts";
import type { ParamValue, RoleData } from "../roles.ts";
import type { Circumstances } from "./circumstances.ts";

type Roles = Definition["roles"];
type ByGroup<T> = Readonly<Record<string, T>>;

/** How many instances more than their minima roles may need because shares are rounded; seldom many. */
const TRIES = 200;

/** The instances of a run, and who of them has which role. */
export interface Situation {
  readonly instances: number;
  readonly groups: ByGroup<number>;
  readonly ranges: Readonly<Record<string, RoleRange>>;
  /** Whether somebody said how many there are. */
  readonly isGiven: boolean;
}

/**
 * Who has which role under these circumstances.
 *
 * @throws DefinitionError as `fits`.
 */
export function situationOf(
  { roles, asked }: Pick<Definition, "roles" | "asked">,
  circumstances: Circumstances,
): Situation {
  const { groups, instances, groupParams = {} } = circumstances;
  if (groups === undefined && instances === undefined) return least(roles, asked);
  const given = groups ?? { single: instances ?? 1 };
  const entries = Object.keys(given).map((group) => [
    group,
    { ...asked, ...chosenBy(asked, groupParams[group]) },
  ]);
  return situation(roles, given, Object.fromEntries(entries), true);
}

function situation(
  roles: Roles,
  groups: ByGroup<number>,
  params: ByGroup<Readonly<Record<string, ParamValue>>>,
  isGiven: boolean,
): Situation {
  const instances = Object.values(groups).reduce((sum, n) => sum + n, 0);
  return { instances, groups, ranges: fits(roles, groups, params), isGiven };
}

/** Of a group's own parameters, those that roles choose by. */
function chosenBy(
  asked: Definition["asked"],
  own: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, ParamValue>> {
  const chosen = Object.entries(own).filter(([name]) => name in asked);
  return Object.fromEntries(chosen) as Readonly<Record<string, ParamValue>>;
}

/** The fewest that the roles need, in the groups and with the parameters that they ask for. */
function least(roles: Roles, asked: Definition["asked"]): Situation {
  const bound = boundGroups(roles);
  const sizes = Object.entries(bound).map(([group, { size }]) => [group, size] as const);
  const rest = Math.max(0, minimumInstances(roles) - sizes.reduce((sum, [, n]) => sum + n, 0));
  const params = Object.fromEntries(
    Object.entries(bound).map(([group, own]) => [group, { ...asked, ...own.params }]),
  );
  const name = freeName("single", bound);
  let fault: unknown;
  for (let more = 0; more < TRIES; more++) {
    const open = rest + more > 0 ? { [name]: rest + more } : {};
    try {
      const all = { ...params, [name]: asked };
      return situation(roles, { ...Object.fromEntries(sizes), ...open }, all, false);
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw error;
      fault ??= error;
    }
  }
  throw fault;
}

interface Bound {
  readonly size: number;
  readonly params: Readonly<Record<string, ParamValue>>;
}

/** The groups that some roles cannot do without. */
function boundGroups(roles: Roles): ByGroup<Bound> {
  const bound: Record<string, Bound> = {};
  for (const [name, role] of Object.entries(roles)) {
    const group = groupOf(name, role);
    if (group === undefined || leastOf(role) === 0) continue;
    const params = role.kind === "where" ? role.params : {};
    bound[group] = { size: leastOf(role) + (bound[group]?.size ?? 0), params };
  }
  return bound;
}

function groupOf(name: string, role: RoleData): string | undefined {
  if (role.kind === "where") return name;
  return "group" in role ? role.group : undefined;
}

function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  return name in taken ? freeName(`${name}-more`, taken) : name;
}
