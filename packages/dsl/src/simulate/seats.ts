import { castRoles } from "../cast.ts";
import type { Choreography } from "../choreography.ts";
import type { Definition } from "../definition.ts";
import type { Member } from "../member.ts";
import { withoutOutside } from "../outside-groups.ts";
import { type Situation, situationOf } from "../tools/situation.ts";
import type { SimulationOptions } from "./options.ts";

/** An instance before it starts. */
export interface Seat {
  readonly member: Member;
  /** The order in which it joins, from 1. */
  readonly seq: number;
  readonly ordinal: number;
  readonly groupInstances: number;
  readonly definition: Definition;
  /** As texts, as an instance gets them. */
  readonly params: Readonly<Record<string, string>>;
}

/** Who takes part in a simulated run. */
export interface Seating {
  readonly definition: Definition;
  /** How many there are, those outside included. */
  readonly instances: number;
  /** In order of id. */
  readonly seats: readonly Seat[];
}

/** @throws DefinitionError where the stages cannot be declared, or the roles do not fit the instances. */
export function seating<P, R extends string>(
  choreography: Choreography<P, R>,
  options: SimulationOptions<P, R>,
  seed: string,
): Seating {
  const { params = {}, groupParams = {} } = options;
  const common = choreography.define(params as Partial<P>, { sources: false });
  const { instances, groups } = situation(common, options);
  const own = new Map(
    Object.keys(groups).map((group) => {
      const given = { ...params, ...groupParams[group] } as Partial<P>;
      const isOwn = groupParams[group] !== undefined;
      const definition = isOwn ? choreography.define(given, { sources: false }) : common;
      return [group, { definition, params: texts(given) }] as const;
    }),
  );
  const entries = Object.entries(withoutOutside(common.roles, groups)).flatMap(([group, n]) =>
    Array.from({ length: n }, (_, ordinal) => ({
      group,
      ordinal,
      params: own.get(group)?.definition.asked ?? {},
    })),
  );
  const joining = entries.map((entry, index) => ({ ...entry, seq: index + 1 }));
  const { members } = castRoles(common.roles, joining, seed);
  const seats = members.map(({ id, role, group, seq }): Seat => {
    const { definition = common, params: given = {} } = own.get(group) ?? {};
    const member = Object.freeze({ id, role, group });
    const ordinal = joining[seq - 1]?.ordinal ?? 0;
    return { member, seq, ordinal, groupInstances: groups[group] ?? 0, definition, params: given };
  });
  return { definition: common, instances, seats };
}

function situation<P, R extends string>(
  definition: Definition,
  { instances, groups, groupParams }: SimulationOptions<P, R>,
): Situation {
  return situationOf(definition, {
    ...(instances === undefined ? {} : { instances }),
    ...(groups === undefined ? {} : { groups }),
    ...(groupParams === undefined ? {} : { groupParams: groupParams as ByGroup }),
  });
}

type ByGroup = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function texts(values: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
