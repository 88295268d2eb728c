import { wireNameIn } from "../wire-name.ts";
import { awaiting } from "./awaiting.ts";
import type { Performer, Rounds } from "./performer.ts";

interface Timed {
  readonly timeoutMs?: number;
}

/** Signals the stage's Testground state, if it has one. */
export async function signalState(
  performer: Performer,
  stage: Timed & { readonly state?: string },
  key: string,
  rounds: Rounds,
): Promise<void> {
  if (stage.state === undefined) return;
  const state = wireNameIn(stage.state, rounds);
  const what = `state '${state}' of '${key}'`;
  const wait = { what, stage, key, from: [], gathering: "arrivals" } as const;
  const by = `${key}:${performer.me.id}`;
  await awaiting(performer, wait, (w) => performer.wire.signal(state, by, w));
}

interface Signals {
  readonly state: string;
  readonly key: string;
  readonly all: number;
}

/** How often the instances here have signalled: all that take part, but for those that were lost before they did. */
export async function signalsHere(
  { losses, wire, signal }: Performer,
  { state, key, all }: Signals,
): Promise<number> {
  return losses.version === 0 ? all : wire.signalledAt(state, key, { signal });
}

interface AwaitedState {
  readonly what: string;
  readonly stage: Timed;
  readonly key: string;
  readonly state: string;
  readonly target: number;
  readonly since?: number;
}

/** Waits for a Testground state, which outside instances signal too; running out of time tells its count. */
export async function awaitState(performer: Performer, awaited: AwaitedState): Promise<void> {
  const { state, target, ...rest } = awaited;
  const explain = async (): Promise<string> => {
    const count = (await performer.wire.count(state)) ?? "not all";
    return `state '${state}' has ${count} of ${target} signals; outside instances are among those missing`;
  };
  const wait = { ...rest, from: [], gathering: "arrivals", explain } as const;
  await awaiting(performer, wait, (w) => performer.wire.reached(state, target, w));
}
