import type { Entry } from "@groundplan/sync";
import { makeRoster } from "../roster.ts";
import type { MoveStage } from "../stage.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { parseValue } from "./meeting.ts";
import { checkJson, checkSchema, move } from "./move.ts";
import { membersOf, type Performer } from "./performer.ts";
import { StageError } from "./stage-error.ts";

/** Those of `from` publish, those of `to` read all: everybody, in an exchange. */
export async function performGather(
  performer: Performer,
  stage: MoveStage,
  key: string,
): Promise<void> {
  const entries = await move(performer, stage, key, encode);
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
  stage: MoveStage,
  key: string,
): Promise<void> {
  const entries = await move(performer, stage, key, encode);
  if (entries === undefined) return;
  const [value] = performer.shared
    .once(`value ${key}`, () => decode(performer, stage, key, entries))
    .values();
  performer.values.set(stage.id, value);
}

/** The values of all, folded: once a process, as a fold of the same values gives the same. */
export async function performReduce(
  performer: Performer,
  stage: MoveStage,
  key: string,
): Promise<void> {
  const entries = await move(performer, stage, key, encode);
  if (entries === undefined) return;
  const { folded } = performer.shared.once(`fold ${key}`, () => {
    const values = decode(performer, stage, key, entries);
    return { folded: deepFreeze(fold(performer, stage, key, [...values.values()])) };
  });
  performer.values.set(stage.id, folded);
}

function fold(
  performer: Performer,
  stage: MoveStage,
  key: string,
  values: readonly unknown[],
): unknown {
  const folding = performer.definition.bodies.get(stage.id);
  if (folding === undefined) throw new TypeError(`the definition has no fold for '${stage.id}'`);
  let result: unknown;
  try {
    result = folding(Object.freeze(values) as never);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("body-failed", key, `its fold failed: ${message}`, { cause });
  }
  if (!(result instanceof Promise)) return result;
  result.catch(() => {});
  throw new StageError("body-failed", key, "its fold returned a promise; a fold cannot be async");
}

function encode(performer: Performer, stage: MoveStage, key: string): string {
  const value = performer.values.get(stage.value);
  checkJson(key, value);
  checkSchema(performer, stage, key, value, performer.me);
  return JSON.stringify(value);
}

/** By member, in order of id. Frozen, because whoever changed a value would change it for the instances beside it. */
function decode(
  performer: Performer,
  stage: MoveStage,
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
