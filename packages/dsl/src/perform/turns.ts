import type { Member } from "../member.ts";
import type { Stage } from "../stage.ts";
import { type Awaited, awaiting } from "./awaiting.ts";
import { membersOf, type Performer } from "./performer.ts";
import { placeOf } from "./place.ts";

type RunStage = Stage & { kind: "run" };

/** Where those who have finished are counted; no stage has such a name. */
const finished = (key: string): string => `${key}:finished`;

/**
 * Waits until the instance may run the body: the i-th of them as soon as i - k have finished. As they are let in by
 * their place, no more than k are ever inside, and a counter is all it takes: one addition and at most one wait each.
 */
export async function awaitTurn(
  performer: Performer,
  stage: RunStage,
  key: string,
  concurrency: number,
): Promise<void> {
  const members = membersOf(performer, stage.at);
  const place = placeOf(performer.me, members);
  const need = place - concurrency;
  if (need > 0) {
    performer.note("wait", key, { need });
    const what = `turn ${place} at '${key}' (${concurrency} at a time)`;
    const awaited = awaitedBy(stage, key, what, members.slice(0, place - 1));
    await awaiting(
      performer,
      awaited,
      (wait) => performer.meeting.arrived(awaited.key, need, wait),
      key,
    );
  }
  performer.note("turn", key);
}

/** Lets the next one in, if somebody has to wait. */
export async function passTurn(
  performer: Performer,
  stage: RunStage,
  key: string,
  concurrency: number,
): Promise<void> {
  if (membersOf(performer, stage.at).length <= concurrency) return;
  const awaited = awaitedBy(stage, key, `end of turn at '${key}'`, []);
  const { id } = performer.me;
  await awaiting(
    performer,
    awaited,
    (wait) => performer.meeting.arrive(awaited.key, id, wait),
    key,
  );
  performer.note("act", key);
}

function awaitedBy(stage: RunStage, key: string, what: string, from: readonly Member[]): Awaited {
  return { what, stage, key: finished(key), from, gathering: "arrivals" };
}
