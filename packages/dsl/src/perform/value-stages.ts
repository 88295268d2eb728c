import type { Entry } from "@groundplan/sync";
import { jsonFault } from "../json.ts";
import type { Member } from "../member.ts";
import { makeRoster } from "../roster.ts";
import type { Stage } from "../stage.ts";
import { awaiting } from "./awaiting.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { parseValue } from "./meeting.ts";
import { membersOf, type Performer, takesPart } from "./performer.ts";
import { StageError } from "./stage-error.ts";

type Move = Stage & { kind: "exchange" | "broadcast" | "gather" };

/** Those of `from` publish, those of `to` read all: everybody, in an exchange. */
export async function performGather(performer: Performer, stage: Move, key: string): Promise<void> {
  const entries = await move(performer, stage, key);
  if (entries === undefined) return;
  // Instances of one process have one roster: with one each, they would need the square of their number in memory.
  const roster = performer.shared.once(`roster ${key}`, () => {
    const roles = Object.entries(performer.definition.roles);
    const own = Object.fromEntries(roles.filter(([role]) => stage.from.includes(role)));
    const values = decode(performer, stage, key, entries);
    return makeRoster(membersOf(performer, stage.from), values, own);
  });
  performer.values.set(stage.id, roster);
}

/** One publishes, all read; the one that published uses what it published. */
export async function performBroadcast(
  performer: Performer,
  stage: Move,
  key: string,
): Promise<void> {
  const entries = await move(performer, stage, key);
  if (entries === undefined) return;
  const [value] = performer.shared
    .once(`value ${key}`, () => decode(performer, stage, key, entries))
    .values();
  performer.values.set(stage.id, value);
}

/** Acts, then waits: the values that were published, where this instance is to have them. */
async function move(
  performer: Performer,
  stage: Move,
  key: string,
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

function encode(performer: Performer, stage: Move, key: string): string {
  const value = performer.values.get(stage.value);
  const fault = jsonFault(value);
  if (fault !== undefined) {
    throw new StageError("not-json", key, `value at stage '${key}' is not JSON: ${fault}`);
  }
  checkSchema(performer, stage, key, value, performer.me);
  return JSON.stringify(value);
}

/** By member. Frozen, because whoever changed a value would change it for the instances beside it. */
function decode(
  performer: Performer,
  stage: Move,
  key: string,
  entries: readonly Entry[],
): ReadonlyMap<number, unknown> {
  const values = new Map(entries.map(({ json }) => parseValue(json)));
  return new Map(
    membersOf(performer, stage.from).map((member) => [
      member.id,
      deepFreeze(checkSchema(performer, stage, key, values.get(member.id), member)),
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
