import { outsideCount } from "../allotment.ts";
import { amountOf } from "../quantity.ts";
import type { Stage } from "../stage.ts";
import { wireNameIn } from "../wire-name.ts";
import { awaiting } from "./awaiting.ts";
import { type FoundSignal, findSignal } from "./find-signal.ts";
import { membersOf, type Performer, type Rounds, stageKey } from "./performer.ts";
import { StageError } from "./stage-error.ts";
import { awaitState, signalState, signalsHere } from "./state-stages.ts";
import { agreeOnLost, allOf, awaitArrivals, someOf } from "./survivors.ts";

type Of<Kind extends Stage["kind"]> = Stage & { kind: Kind };

export async function performSignal(
  performer: Performer,
  stage: Of<"signal">,
  key: string,
  rounds: Rounds,
): Promise<void> {
  await signalState(performer, stage, key, rounds);
  const wait = { what: `signal '${key}'`, stage, key, from: [], gathering: "arrivals" } as const;
  await awaiting(performer, wait, (w) => performer.meeting.arrive(key, performer.me.id, w));
  performer.note("act", key);
}

/** Waits for those of the signal, which was declared before, in this round or outside of it. */
export async function performWait(
  performer: Performer,
  stage: Of<"wait">,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const signal = findSignal(performer.definition.stages, stage.signal);
  const outer = rounds.slice(0, signal.depth);
  const need = needOf(performer, stage, key, signal);
  const what = `waitFor '${key}'`;
  performer.note("wait", key, { need });
  if (signal.state !== undefined && outsideCount(performer.definition.roles, signal.at) > 0) {
    const state = wireNameIn(signal.state, outer);
    await awaitState(performer, { what, stage, key, state, target: need });
    return;
  }
  const from = performer.company.of(signal.at);
  const awaited = stageKey(stage.signal, outer);
  const wait = { what, stage, key: awaited, from, gathering: "arrivals" } as const;
  const arrivals = { key: awaited, need, outstanding: someOf(from, need) };
  await awaiting(performer, wait, (w) => awaitArrivals(performer, arrivals, w), key);
}

function needOf(
  performer: Performer,
  { atLeast, signal: id }: Of<"wait">,
  key: string,
  signal: FoundSignal,
): number {
  const outside = outsideCount(performer.definition.roles, signal.at);
  const all = membersOf(performer, signal.at).length + outside;
  if (atLeast === undefined) return all;
  const need = amountOf(atLeast, all);
  if (need <= all) return need;
  throw new StageError(
    "roles-do-not-fit",
    key,
    `waitFor '${key}' waits for ${need} signals, but only ${all} instances give '${id}'; ask for fewer, or for a share such as "90%"`,
  );
}

/** Instances here meet by name, so that the missing are known; then, where others take part, by the state's count. */
export async function performBarrier(
  performer: Performer,
  stage: Pick<Of<"barrier">, "at" | "timeoutMs" | "state" | "target">,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const since = performer.now();
  const { company, losses, me } = performer;
  const from = company.of(stage.at);
  const outside = outsideCount(performer.definition.roles, stage.at);
  const what = `barrier '${key}'`;
  const wait = { what, stage, key, from, gathering: "arrivals", since } as const;
  await signalState(performer, stage, key, rounds);
  performer.note("wait", key, { need: membersOf(performer, stage.at).length + outside });
  const need = from.length;
  const arrivals = { key, need, outstanding: allOf(from), arrives: me.id };
  await awaiting(performer, wait, async (w) => {
    await awaitArrivals(performer, arrivals, w);
    if (losses.isTolerant) await agreeOnLost(performer, key);
  });
  if (stage.state === undefined || (outside === 0 && stage.target === undefined)) return;
  const state = wireNameIn(stage.state, rounds);
  const signalled = await signalsHere(performer, { state, key, all: from.length });
  const target = stage.target ?? signalled + outside;
  await awaitState(performer, { what, stage, key, state, target, since });
}
