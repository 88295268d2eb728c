import type { Entry, Wait } from "@groundplan/sync";
import { jsonFault } from "../json.ts";
import type { Member } from "../member.ts";
import type { MoveStage, Stage } from "../stage.ts";
import { wireNameIn } from "../wire-name.ts";
import { awaiting } from "./awaiting.ts";
import { membersOf, type Performer, type Rounds, takesPart } from "./performer.ts";
import { StageError } from "./stage-error.ts";
import { agreeOnLost, takeValues } from "./survivors.ts";

/** Acts, then waits: the values that were published, where this instance is to have them. */
export async function move(
  performer: Performer,
  stage: MoveStage,
  key: string,
  encode: (performer: Performer, stage: MoveStage, key: string) => string,
  rounds: Rounds,
): Promise<Moved | undefined> {
  const from = performer.company.of(stage.from);
  const what = `${stage.kind} '${key}'`;
  const awaited = { what, stage, key, from, gathering: "values" } as const;
  if (takesPart(performer, stage.from)) {
    const json = encode(performer, stage, key);
    await awaiting(performer, awaited, async (wait) => {
      const { meeting, me } = performer;
      const place = await publishBare(performer, stage, key, { json, rounds }, wait);
      await meeting.put(key, me.id, json, wait, place);
    });
    performer.note("act", key);
  }
  if (!takesPart(performer, stage.to)) return undefined;
  performer.note("wait", key, { need: membersOf(performer, stage.from).length });
  return awaiting(performer, awaited, (wait) =>
    performer.losses.isTolerant
      ? takeOfSurvivors(performer, stage, key, wait)
      : take(performer, stage, key, wait),
  );
}

async function take(
  performer: Performer,
  stage: MoveStage,
  key: string,
  wait: Wait,
): Promise<Moved> {
  const members = performer.company.of(stage.from);
  return { members, entries: await performer.meeting.take(key, members.length, wait) };
}

/** Those whose values count are the same for all readers; one of them may have seen more than another. */
async function takeOfSurvivors(
  performer: Performer,
  stage: MoveStage,
  key: string,
  wait: Wait,
): Promise<Moved> {
  const { company } = performer;
  await takeValues(performer, key, company.of(stage.from), wait);
  const lost = await agreeOnLost(performer, key);
  const members = company.of(stage.from, lost);
  const entries = await takeValues(performer, key, members, wait, { evenIfLost: true });
  return { members, entries };
}

/** The entries of a stage, and those whose values count. */
export interface Moved {
  readonly entries: readonly Entry[];
  /** In order of id. */
  readonly members: readonly Member[];
}

interface Bare {
  readonly json: string;
  readonly rounds: Rounds;
}

/** Before the value itself, which tells the place that the bare one has on the topic. */
async function publishBare(
  { wire, me }: Performer,
  stage: MoveStage,
  key: string,
  { json, rounds }: Bare,
  wait: Wait,
): Promise<number | undefined> {
  if (!("topic" in stage) || stage.topic === undefined) return undefined;
  return wire.publish(wireNameIn(stage.topic, rounds), json, `${key}:${me.id}`, wait);
}

/** Refuses what could not be read back as it is sent. */
export function checkJson(key: string, value: unknown): void {
  const fault = jsonFault(value);
  if (fault === undefined) return;
  throw new StageError("not-json", key, `value at stage '${key}' is not JSON: ${fault}`);
}

/** The value as the stage's schema reads it, if it has one. `of`: whose it is, or which. */
export function checkSchema(
  performer: Performer,
  stage: Pick<Stage, "id">,
  key: string,
  value: unknown,
  of: Member | string,
): unknown {
  const schema = performer.definition.schemas.get(stage.id);
  if (schema === undefined) return value;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
  );
  const whose = typeof of === "string" ? of : `the value of #${of.id} (${of.role})`;
  throw new StageError(
    "schema",
    key,
    `${whose} at stage '${key}' does not fit its schema: ${faults.join("; ")}`,
    { cause: result.error },
  );
}
