import type { Stage } from "../stage.ts";
import { performBody } from "./body-stage.ts";
import { type Performer, type Rounds, stageKey, takesPart } from "./performer.ts";
import { performBarrier, performSignal, performWait } from "./time-stages.ts";
import { performBroadcast, performGather } from "./value-stages.ts";

/** Visits the stages in order; every instance does so in the same order, and passes by where it has no part. */
export async function visitStages(
  performer: Performer,
  stages: readonly Stage[],
  rounds: Rounds = [],
): Promise<void> {
  for (const stage of stages) {
    if (stage.kind === "rounds") await visitRounds(performer, stage, rounds);
    else if (takesPart(performer, stage.at)) await visit(performer, stage, rounds);
  }
}

type SingleStage = Exclude<Stage, { kind: "rounds" }>;

async function visit(performer: Performer, stage: SingleStage, rounds: Rounds): Promise<void> {
  const key = stageKey(stage.id, rounds);
  performer.note("enter", key);
  await act(performer, stage, key, rounds);
  performer.note("leave", key);
}

function act(performer: Performer, stage: SingleStage, key: string, rounds: Rounds): Promise<void> {
  switch (stage.kind) {
    case "run":
      return performBody(performer, stage, key, rounds);
    case "broadcast":
      return performBroadcast(performer, stage, key);
    case "exchange":
    case "gather":
      return performGather(performer, stage, key);
    case "signal":
      return performSignal(performer, stage, key);
    case "wait":
      return performWait(performer, stage, key, rounds);
    case "barrier":
      return performBarrier(performer, stage, key);
  }
}

async function visitRounds(
  performer: Performer,
  stage: Stage & { kind: "rounds" },
  outer: Rounds,
): Promise<void> {
  const given: unknown[] = [];
  for (let index = 0; index < stage.times; index++) {
    await visitStages(performer, stage.stages, [...outer, index]);
    if (stage.value !== undefined) given.push(performer.values.get(stage.value));
  }
  performer.values.set(stage.id, given);
}
