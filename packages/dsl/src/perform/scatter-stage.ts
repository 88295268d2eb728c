import type { MoveStage } from "../stage.ts";
import { parseValue } from "./meeting.ts";
import { checkJson, checkSchema, move } from "./move.ts";
import { membersOf, type Performer } from "./performer.ts";
import { placeOf } from "./place.ts";
import { StageError } from "./stage-error.ts";

/** One publishes a list, of which each of `to` takes the value at its own place. */
export async function performScatter(
  performer: Performer,
  stage: MoveStage,
  key: string,
): Promise<void> {
  const entries = await move(performer, stage, key, encode);
  if (entries === undefined) return;
  // Read once a process: a thousand instances would each parse a list of a thousand.
  const { values } = performer.shared.once(`list ${key}`, () => ({
    values: entries.flatMap(({ json }) => parseValue(json)[1]),
  }));
  const place = placeOf(performer.me, membersOf(performer, stage.to));
  const value = checkSchema(performer, stage, key, values[place - 1], performer.me);
  performer.values.set(stage.id, value);
}

function encode(performer: Performer, stage: MoveStage, key: string): string {
  const values = performer.values.get(stage.value);
  const to = membersOf(performer, stage.to);
  if (!Array.isArray(values)) {
    throw new StageError("not-json", key, `what is dealt out at stage '${key}' is not a list`);
  }
  if (values.length !== to.length) {
    throw new StageError(
      "wrong-length",
      key,
      `${values.length} values for the ${to.length} members of ${stage.to.join(", ")}: give one for each, in order of id`,
    );
  }
  checkJson(key, values);
  for (const [index, member] of to.entries())
    checkSchema(performer, stage, key, values[index], member);
  return JSON.stringify(values);
}
