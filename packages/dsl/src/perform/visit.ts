import type { Stage } from "../stage.ts";
import { performBody } from "./body-stage.ts";
import { type Performer, type Rounds, stageKey, takesPart } from "./performer.ts";
import { performReceive } from "./receive-stage.ts";
import { performScatter } from "./scatter-stage.ts";
import { performShape } from "./shape-stage.ts";
import { requireSidecar } from "./sidecar.ts";
import { StageError } from "./stage-error.ts";
import { performBarrier, performSignal, performWait } from "./time-stages.ts";
import { performBroadcast, performGather, performReduce } from "./value-stages.ts";

/** Visits the stages in order; every instance does so in the same order, and passes by where it has no part. */
export async function visitStages(
  performer: Performer,
  stages: readonly Stage[],
  rounds: Rounds = [],
): Promise<void> {
  for (const stage of stages) {
    if (!takesPart(performer, stage.at)) continue;
    if (stage.kind === "rounds") await visitRounds(performer, stage, rounds);
    else if (stage.kind === "repeat") await visitRepeat(performer, stage, rounds);
    else if (stage.kind === "branch") await visitBranch(performer, stage, rounds);
    else await visit(performer, stage, rounds);
  }
}

type SingleStage = Exclude<Stage, { kind: "rounds" | "repeat" | "branch" }>;

async function visit(performer: Performer, stage: SingleStage, rounds: Rounds): Promise<void> {
  const key = stageKey(stage.id, rounds);
  performer.note("enter", key);
  requireSidecar(performer, stage, key);
  await act(performer, stage, key, rounds);
  performer.note("leave", key);
}

function act(performer: Performer, stage: SingleStage, key: string, rounds: Rounds): Promise<void> {
  switch (stage.kind) {
    case "run":
    case "connect":
      return performBody(performer, stage, key, rounds);
    case "shape":
      return performShape(performer, stage, key, rounds);
    case "broadcast":
      return performBroadcast(performer, stage, key, rounds);
    case "exchange":
    case "gather":
      return performGather(performer, stage, key, rounds);
    case "scatter":
      return performScatter(performer, stage, key, rounds);
    case "reduce":
      return performReduce(performer, stage, key, rounds);
    case "receive":
      return performReceive(performer, stage, key, rounds);
    case "signal":
      return performSignal(performer, stage, key, rounds);
    case "wait":
      return performWait(performer, stage, key, rounds);
    case "barrier":
      return performBarrier(performer, stage, key, rounds);
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

async function visitRepeat(
  performer: Performer,
  stage: Stage & { kind: "repeat" },
  outer: Rounds,
): Promise<void> {
  const key = stageKey(stage.id, outer);
  const given: unknown[] = [];
  performer.note("enter", key);
  for (let index = 0; ; index++) {
    if (index === stage.max) {
      const text = `'${stage.until}' is still false after ${stage.max} rounds, the most there may be`;
      throw new StageError("repeat-limit", key, `repeat '${key}': ${text}`);
    }
    await visitStages(performer, stage.stages, [...outer, index]);
    if (stage.value !== undefined) given.push(performer.values.get(stage.value));
    if (decision(performer, stage.until, key)) break;
  }
  performer.values.set(stage.id, given);
  performer.note("leave", key);
}

async function visitBranch(
  performer: Performer,
  stage: Stage & { kind: "branch" },
  rounds: Rounds,
): Promise<void> {
  const key = stageKey(stage.id, rounds);
  const arm = decision(performer, stage.on, key) ? "then" : "else";
  performer.note("enter", key, { text: arm });
  await visitStages(performer, stage[arm], rounds);
  if (stage.value !== undefined) {
    performer.values.set(stage.id, performer.values.get(stage.value[arm]));
  }
  performer.note("leave", key);
}

/** The agreed value that decides; a cast, or a schema that transforms, may have made something else of it. */
function decision(performer: Performer, id: string, key: string): boolean {
  const value = performer.values.get(id);
  if (typeof value === "boolean") return value;
  throw new StageError(
    "bad-decision",
    key,
    `'${key}' is decided by '${id}', which gave ${JSON.stringify(value)}: it must be true or false`,
  );
}
