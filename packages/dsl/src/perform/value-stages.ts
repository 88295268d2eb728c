import type { Wait } from "@groundplan/sync";
import { jsonFault } from "../json.ts";
import type { Member } from "../member.ts";
import { makeRoster } from "../roster.ts";
import type { Stage } from "../stage.ts";
import { awaiting } from "./awaiting.ts";
import { membersOf, type Performer, takesPart } from "./performer.ts";
import { StageError } from "./stage-error.ts";

type Move = Stage & { kind: "exchange" | "broadcast" | "gather" };

/** Everybody publishes its value and reads everybody's. */
export async function performExchange(
  performer: Performer,
  stage: Move,
  key: string,
): Promise<void> {
  await performGather(performer, stage, key);
}

/** One publishes, all read; the one that published uses what it published. */
export async function performBroadcast(
  performer: Performer,
  stage: Move,
  key: string,
): Promise<void> {
  const values = await move(performer, stage, key);
  const [value] = values?.values() ?? [];
  performer.values.set(stage.id, value);
}

/** Those of `from` publish, those of `to` read all. */
export async function performGather(performer: Performer, stage: Move, key: string): Promise<void> {
  const values = await move(performer, stage, key);
  if (values === undefined) return;
  const roles = Object.fromEntries(
    Object.entries(performer.definition.roles).filter(([role]) => stage.from.includes(role)),
  );
  performer.values.set(stage.id, makeRoster(membersOf(performer, stage.from), values, roles));
}

/** Acts, then waits: the values by member where this instance is to have them. */
async function move(
  performer: Performer,
  stage: Move,
  key: string,
): Promise<ReadonlyMap<number, unknown> | undefined> {
  const from = membersOf(performer, stage.from);
  const awaited = {
    what: `${stage.kind} '${key}'`,
    stage,
    key,
    from,
    gathering: "values",
  } as const;
  if (takesPart(performer, stage.from)) {
    const json = encode(performer, stage, key);
    await awaiting(performer, awaited, (wait) =>
      performer.meeting.put(key, performer.me.id, json, wait),
    );
    performer.note("act", key);
  }
  if (!takesPart(performer, stage.to)) return undefined;
  performer.note("wait", key, { need: from.length });
  const take = (wait: Wait): Promise<ReadonlyMap<number, unknown>> =>
    performer.meeting.take(key, from.length, wait);
  return decode(performer, stage, key, from, await awaiting(performer, awaited, take));
}

function encode(performer: Performer, stage: Move, key: string): string {
  const value = performer.values.get(stage.value);
  const fault = jsonFault(value);
  if (fault !== undefined) {
    throw new StageError("not-json", key, `value at stage '${key}' is not JSON: ${fault}`);
  }
  checkSchema(performer, stage, key, value, performer.me);
  return JSON.stringify(value);
}

function decode(
  performer: Performer,
  stage: Move,
  key: string,
  from: readonly Member[],
  values: ReadonlyMap<number, unknown>,
): ReadonlyMap<number, unknown> {
  return new Map(
    from.map((member) => [
      member.id,
      checkSchema(performer, stage, key, values.get(member.id), member),
    ]),
  );
}

function checkSchema(
  performer: Performer,
  stage: Move,
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
