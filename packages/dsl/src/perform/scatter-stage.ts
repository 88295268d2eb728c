import { z } from "zod";
import type { MoveStage } from "../stage.ts";
import { parseValue } from "./meeting.ts";
import { checkJson, checkSchema, move } from "./move.ts";
import { membersOf, type Performer, type Rounds } from "./performer.ts";
import { placeOf } from "./place.ts";
import { StageError } from "./stage-error.ts";

const dealtSchema = z.object({ values: z.array(z.unknown()), to: z.array(z.number()).optional() });

/** One publishes a list, of which each of `to` takes the value at its own place. */
export async function performScatter(
  performer: Performer,
  stage: MoveStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const moved = await move(performer, stage, key, encode, rounds);
  if (moved === undefined) return;
  const { company } = performer;
  // Read once a process: a thousand instances would each parse a list of a thousand.
  const { dealt } = performer.shared.once(`list ${key}`, () => ({
    dealt: moved.entries.map(({ json }) => dealtSchema.parse(parseValue(json)[1])),
  }));
  const [{ values, to } = { values: [] }] = dealt;
  // Where instances are lost the dealer's list may be shorter than this one knows, and says whom each is for.
  const place = to?.indexOf(performer.me.id) ?? placeOf(performer.me, company.of(stage.to)) - 1;
  const value = checkSchema(performer, stage, key, values[place], performer.me);
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
  const ids = performer.losses.isTolerant ? { to: to.map(({ id }) => id) } : {};
  return JSON.stringify({ values, ...ids });
}
