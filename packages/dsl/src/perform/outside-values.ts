import type { Entry } from "@groundplan/sync";
import { outsideCount } from "../allotment.ts";
import type { Definition } from "../definition.ts";
import type { Member } from "../member.ts";
import type { MoveStage } from "../stage.ts";
import { wireNameIn } from "../wire-name.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { placeOnTopic } from "./meeting.ts";
import { checkSchema } from "./move.ts";
import type { Performer, Rounds } from "./performer.ts";
import { collectOn, parsed } from "./receive-stage.ts";

/** Outside instances in a roster: each has the id that follows, in the order in which their values came. */
export interface OutsideValues {
  readonly members: readonly Member[];
  /** JSON text by member id. */
  readonly texts: ReadonlyMap<number, string>;
}

/**
 * The values that outside instances published on the topic of an exchange: all on it that are not of the instances here,
 * which have told their places on it with their own values.
 */
export async function outsideValues(
  performer: Performer,
  stage: MoveStage,
  key: string,
  rounds: Rounds,
  own: readonly Entry[],
): Promise<OutsideValues> {
  const { roles } = performer.definition;
  const need = outsideCount(roles, stage.from);
  if (!("topic" in stage) || stage.topic === undefined || need === 0) {
    return { members: [], texts: new Map() };
  }
  const topic = wireNameIn(stage.topic, rounds);
  const texts = await collectOn(performer, stage, { topic, key, count: own.length + need });
  const taken = new Set(own.map(({ json }) => placeOnTopic(json)));
  const others = texts.filter((_, index) => !taken.has(index + 1));
  const last = performer.company.cast.members.length;
  const members = outsideMembers(roles, stage.from, last);
  return {
    members,
    texts: new Map(members.map(({ id }, index) => [id, others[index] ?? ""])),
  };
}

/** As the schema reads them, by member id. */
export function decodeOutside(
  performer: Performer,
  stage: MoveStage,
  key: string,
  { members, texts }: OutsideValues,
): readonly (readonly [id: number, value: unknown])[] {
  return members.map(({ id, role }, index) => {
    const what = `value ${index + 1} of ${role}`;
    const value = parsed(texts.get(id) ?? "", what, key);
    return [id, deepFreeze(checkSchema(performer, stage, key, value, what))];
  });
}

function outsideMembers(
  roles: Definition["roles"],
  from: readonly string[],
  last: number,
): readonly Member[] {
  const each = from.flatMap((role) =>
    Array.from({ length: outsideCount(roles, [role]) }, () => role),
  );
  return each.map((role, index) => Object.freeze({ id: last + 1 + index, role, group: "" }));
}
