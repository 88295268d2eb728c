import { type Entry, VersionConflictError, type Wait } from "@groundplan/sync";
import { z } from "zod";
import type { Member } from "../member.ts";
import { parseValue } from "./meeting.ts";
import type { Performer } from "./performer.ts";

const AGREE_MS = 10_000;
const idsSchema = z.array(z.number());

/** Who has come, and who cannot any more. */
interface Arrived {
  readonly present: ReadonlySet<number>;
  readonly lost: ReadonlyMap<number, unknown>;
}

/** How many more have to come, at the least; none if 0 or less. */
export type Outstanding = (arrived: Arrived) => number;

/** All of them have come, or are lost. */
export function allOf(from: readonly Member[]): Outstanding {
  return ({ present, lost }) => from.filter(({ id }) => !present.has(id) && !lost.has(id)).length;
}

/** So many of them have come, or none is left who could. */
export function someOf(from: readonly Member[], need: number): Outstanding {
  const all = allOf(from);
  return (arrived) =>
    Math.min(need - from.filter(({ id }) => arrived.present.has(id)).length, all(arrived));
}

/** So many of them have come or are lost. */
export function goneFrom(from: readonly Member[], need: number): Outstanding {
  return ({ present, lost }) =>
    need - from.filter(({ id }) => present.has(id) || lost.has(id)).length;
}

interface Arrivals {
  readonly key: string;
  /** How many have to come as long as nobody is lost. */
  readonly need: number;
  readonly outstanding: Outstanding;
  /** The member arrives, too. */
  readonly arrives?: number;
}

/**
 * Waits for arrivals: as long as nobody is lost, by their number; after that by their names too, as one that has come
 * and is lost since must not be counted twice.
 */
export async function awaitArrivals(
  performer: Performer,
  { key, need, outstanding, arrives }: Arrivals,
  wait: Wait,
): Promise<void> {
  const { meeting, losses } = performer;
  const reach = (target: number, w: Wait): Promise<void> =>
    arrives === undefined
      ? meeting.arrived(key, target, w)
      : meeting.arriveAndWait(key, arrives, target, w);
  if (!losses.isTolerant) return reach(need, wait);
  await untilSettled(performer, wait, async (w) => {
    const { ids: lost } = losses;
    if (lost.size === 0) {
      await reach(need, w);
      return true;
    }
    if (arrives !== undefined) await meeting.arrive(key, arrives, w);
    const present = (await meeting.present("arrivals", key, w)) ?? new Set();
    const more = outstanding({ present, lost });
    if (more > 0) await reach(present.size + more, w);
    return more <= 0;
  });
}

/**
 * The values of all that are not lost, and perhaps of some that are; with `evenIfLost` of those too, which have given
 * theirs, as somebody has seen.
 */
export async function takeValues(
  performer: Performer,
  key: string,
  from: readonly Member[],
  wait: Wait,
  { evenIfLost = false }: { readonly evenIfLost?: boolean } = {},
): Promise<readonly Entry[]> {
  const { meeting, losses } = performer;
  let entries: readonly Entry[] = [];
  await untilSettled(performer, wait, async (w) => {
    const lost: Arrived["lost"] = evenIfLost ? new Map() : losses.ids;
    entries =
      losses.version === 0 ? await meeting.take(key, from.length, w) : await meeting.taken(key, w);
    const present = new Set(entries.map(({ json }) => parseValue(json)[0]));
    const more = allOf(from)({ present, lost });
    if (more > 0) await meeting.take(key, entries.length + more, w);
    return more <= 0;
  });
  return entries;
}

/** Tries again whenever somebody is lost meanwhile, until it says that it is done. */
async function untilSettled(
  { losses, clock }: Performer,
  wait: Wait,
  attempt: (wait: Wait) => Promise<boolean>,
): Promise<void> {
  const began = clock.now();
  for (;;) {
    wait.signal?.throwIfAborted();
    const over = new AbortController();
    const end = (): void => over.abort(wait.signal?.reason);
    wait.signal?.addEventListener("abort", end, { once: true });
    try {
      const timeoutMs =
        wait.timeoutMs === undefined
          ? undefined
          : Math.max(1, wait.timeoutMs - (clock.now() - began));
      const trying = attempt({ signal: over.signal, timeoutMs });
      const changed = losses.changed(losses.version, over.signal).then(() => false);
      if (await Promise.race([trying, changed])) return;
    } finally {
      wait.signal?.removeEventListener("abort", end);
      over.abort();
    }
  }
}

/**
 * Fixes who is lost as far as a stage goes: what the first instance says that has all it waits for is stored, and holds
 * for all others. From then on they are no members any more for any of them.
 */
export async function agreeOnLost(performer: Performer, key: string): Promise<ReadonlySet<number>> {
  const { shared, gone } = performer;
  // Once a process: its instances would all write the same.
  const { ids } = shared.onceHere(`lost at ${key}`, () => ({ ids: decide(performer, key) }));
  const lost = await ids;
  for (const id of lost) gone.add(id);
  return lost;
}

async function decide(
  { meeting, losses, gone }: Performer,
  key: string,
): Promise<ReadonlySet<number>> {
  const known = new Set([...losses.ids.keys(), ...gone]);
  const json = JSON.stringify([...known].sort((a, b) => a - b));
  const wait = { timeoutMs: AGREE_MS };
  try {
    await meeting.decide(key, json, wait);
    return known;
  } catch (error) {
    if (!(error instanceof VersionConflictError)) throw error;
    const decided = await meeting.decided(key, wait);
    return new Set(idsSchema.parse(JSON.parse(decided ?? "[]")));
  }
}
