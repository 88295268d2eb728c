import type { Member } from "../member.ts";
import type { BodyStage } from "../stage.ts";
import { type Awaited, awaiting } from "./awaiting.ts";
import type { Performer } from "./performer.ts";
import { placeOf } from "./place.ts";
import { awaitArrivals, goneFrom } from "./survivors.ts";

/** Where those who have finished are counted; no stage has such a name. */
const finished = (key: string): string => `${key}:finished`;

/**
 * Waits until the instance may run the body: the i-th of them as soon as i - k have finished. As they are let in by
 * their place, no more than k are ever inside, and a counter is all it takes: one addition and at most one wait each.
 */
export async function awaitTurn(
  performer: Performer,
  stage: BodyStage,
  key: string,
  concurrency: number,
): Promise<void> {
  const members = performer.company.of(stage.at);
  const place = placeOf(performer.me, members);
  const need = place - concurrency;
  if (need > 0) {
    performer.note("wait", key, { need });
    const what = `turn ${place} at '${key}' (${concurrency} at a time)`;
    const before = members.slice(0, place - 1);
    const awaited = awaitedBy(stage, key, what, before);
    const turn = { key: awaited.key, need, outstanding: goneFrom(before, need) };
    await awaiting(performer, awaited, (wait) => awaitArrivals(performer, turn, wait), key);
  }
  performer.note("turn", key);
}

/** Lets the next one in, if somebody has to wait. */
export async function passTurn(
  performer: Performer,
  stage: BodyStage,
  key: string,
  concurrency: number,
): Promise<void> {
  if (performer.company.of(stage.at).length <= concurrency) return;
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

function awaitedBy(stage: BodyStage, key: string, what: string, from: readonly Member[]): Awaited {
  return { what, stage, key: finished(key), from, gathering: "arrivals" };
}
