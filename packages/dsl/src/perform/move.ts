import type { Entry } from "@groundplan/sync";
import { jsonFault } from "../json.ts";
import type { Member } from "../member.ts";
import type { MoveStage } from "../stage.ts";
import { awaiting } from "./awaiting.ts";
import { membersOf, type Performer, takesPart } from "./performer.ts";
import { StageError } from "./stage-error.ts";

/** Acts, then waits: the values that were published, where this instance is to have them. */
export async function move(
  performer: Performer,
  stage: MoveStage,
  key: string,
  encode: (performer: Performer, stage: MoveStage, key: string) => string,
): Promise<readonly Entry[] | undefined> {
  const from = membersOf(performer, stage.from);
  const what = `${stage.kind} '${key}'`;
  const awaited = { what, stage, key, from, gathering: "values" } as const;
  if (takesPart(performer, stage.from)) {
    const json = encode(performer, stage, key);
    await awaiting(performer, awaited, (wait) =>
      performer.meeting.put(key, performer.me.id, json, wait),
    );
    performer.note("act", key);
  }
  if (!takesPart(performer, stage.to)) return undefined;
  performer.note("wait", key, { need: from.length });
  return awaiting(performer, awaited, (wait) => performer.meeting.take(key, from.length, wait));
}

/** Refuses what could not be read back as it is sent. */
export function checkJson(key: string, value: unknown): void {
  const fault = jsonFault(value);
  if (fault === undefined) return;
  throw new StageError("not-json", key, `value at stage '${key}' is not JSON: ${fault}`);
}

/** The value as the stage's schema reads it, if it has one. */
export function checkSchema(
  performer: Performer,
  stage: MoveStage,
  key: string,
  value: unknown,
  of: Member,
): unknown {
  const schema = performer.definition.schemas.get(stage.id);
  if (schema === undefined) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
  );
  throw new StageError(
    "schema",
    key,
    `the value of #${of.id} (${of.role}) at stage '${key}' does not fit its schema: ${faults.join("; ")}`,
    { cause: result.error },
  );
}
