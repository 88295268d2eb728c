import { makeRoster } from "../roster.ts";
import type { MoveStage } from "../stage.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { parseValue } from "./meeting.ts";
import { checkJson, checkSchema, type Moved, move } from "./move.ts";
import { decodeOutside, outsideValues } from "./outside-values.ts";
import type { Performer, Rounds } from "./performer.ts";
import { StageError } from "./stage-error.ts";

/** Those of `from` publish, those of `to` read all: everybody, in an exchange. */
export async function performGather(
  performer: Performer,
  stage: MoveStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const moved = await move(performer, stage, key, encode, rounds);
  if (moved === undefined) return;
  const outside = await outsideValues(performer, stage, key, rounds, moved.entries);
  // Instances of one process have one roster: with one each, they would need the square of their number in memory.
  const roster = performer.shared.once(`roster ${key}`, () => {
    const roles = Object.entries(performer.definition.roles);
    const own = Object.fromEntries(roles.filter(([role]) => stage.from.includes(role)));
    const values = [
      ...decode(performer, stage, key, moved),
      ...decodeOutside(performer, stage, key, outside),
    ];
    const members = [...moved.members, ...outside.members];
    return makeRoster(members, new Map(values), own);
  });
  performer.values.set(stage.id, roster);
}

/** One publishes, all read; the one that published uses what it published. */
export async function performBroadcast(
  performer: Performer,
  stage: MoveStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const moved = await move(performer, stage, key, encode, rounds);
  if (moved === undefined) return;
  const [value] = performer.shared
    .once(`value ${key}`, () => decode(performer, stage, key, moved))
    .values();
  performer.values.set(stage.id, value);
}

/** The values of all, folded: once a process, as a fold of the same values gives the same. */
export async function performReduce(
  performer: Performer,
  stage: MoveStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const moved = await move(performer, stage, key, encode, rounds);
  if (moved === undefined) return;
  const { folded } = performer.shared.once(`fold ${key}`, () => {
    const values = decode(performer, stage, key, moved);
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
  { entries, members }: Moved,
): ReadonlyMap<number, unknown> {
  const values = new Map(entries.map(({ json }) => parseValue(json)));
  return new Map(
    members.map((member) => [
      member.id,
      deepFreeze(checkSchema(performer, stage, key, values.get(member.id), member)),
    ]),
  );
}
