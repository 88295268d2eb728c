import { outsideCount } from "../allotment.ts";
import type { Stage } from "../stage.ts";
import { wireNameIn } from "../wire-name.ts";
import { awaiting } from "./awaiting.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { checkSchema } from "./move.ts";
import type { Performer, Rounds } from "./performer.ts";
import { StageError } from "./stage-error.ts";

/** Reads what each of the outside instances has published: the first values, as many as there are instances. */
export async function performReceive(
  performer: Performer,
  stage: Stage & { kind: "receive" },
  key: string,
  rounds: Rounds,
): Promise<void> {
  const topic = wireNameIn(stage.topic, rounds);
  const need = outsideCount(performer.definition.roles, stage.from);
  performer.note("wait", key, { need });
  const texts = await collectOn(performer, stage, { topic, key, count: need });
  // Once a process, for all of its instances.
  const values = performer.shared.once(`received ${key}`, () =>
    Object.freeze(
      texts.map((json, index) => {
        const what = `value ${index + 1} on topic '${topic}', of ${stage.from.join(" or ")},`;
        const value = parsed(json, what, key);
        return deepFreeze(checkSchema(performer, stage, key, value, what));
      }),
    ),
  );
  performer.values.set(stage.id, values);
}

interface Collecting {
  readonly topic: string;
  readonly key: string;
  readonly count: number;
}

/** The first values on a topic, as JSON text; running out of time says how many there were. */
export function collectOn(
  performer: Performer,
  stage: Stage,
  { topic, key, count }: Collecting,
): Promise<readonly string[]> {
  const explain = async (): Promise<string> => {
    const there = (await performer.wire.published(topic)) ?? "not all";
    return `topic '${topic}' has ${there} of ${count} values; those missing are of outside instances`;
  };
  const what = `${stage.kind} '${key}'`;
  const awaited = { what, stage, key, from: [], gathering: "values", explain } as const;
  return awaiting(performer, awaited, (wait) => performer.wire.collect(topic, count, wait));
}

/** What somebody published who may not know what JSON is. */
export function parsed(json: string, what: string, key: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const text = json.length > 80 ? `${json.slice(0, 80)}…` : json;
    throw new StageError("not-json", key, `${what} is not JSON: ${text}`, { cause });
  }
}
