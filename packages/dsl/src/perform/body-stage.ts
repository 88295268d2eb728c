import type { BodyStage } from "../stage.ts";
import { seconds } from "./blame.ts";
import { type BodyVisit, describeAttempt } from "./body-visit.ts";
import { connectAll } from "./connect-stage.ts";
import { type Deadline, deadline } from "./deadline.ts";
import type { Performer, Rounds } from "./performer.ts";
import { runBody } from "./run-body.ts";
import { StageError } from "./stage-error.ts";
import { awaitTurn, passTurn } from "./turns.ts";

/** Runs the body, in its turn and as often as it takes, until it returns, the stage is out of time, or the run is aborted. */
export function performBody(
  performer: Performer,
  stage: BodyStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const limit = deadline(performer, stage.timeoutMs);
  const ending = new AbortController();
  const open = stage.kind === "connect" ? new Set<BodyVisit>() : undefined;
  const visit = { performer, stage, key, rounds, ending, open, attempt: 1, lastError: undefined };
  if (stage.concurrency === undefined) return runWithin(visit, limit);
  return runInTurn(visit, stage.concurrency, limit);
}

async function runInTurn(visit: BodyVisit, concurrency: number, limit: Deadline): Promise<void> {
  const { performer, stage, key } = visit;
  const entered = performer.now();
  await awaitTurn(performer, stage, key, concurrency);
  const ms = Math.max(0, limit.ms - (performer.now() - entered));
  await runWithin(visit, { ...limit, ms });
  await passTurn(performer, stage, key, concurrency);
}

async function runWithin(visit: BodyVisit, limit: Deadline): Promise<void> {
  const { performer, stage, ending } = visit;
  const end = (): void => ending.abort(performer.signal.reason);
  performer.signal.addEventListener("abort", end, { once: true });
  const stop = startTimer(visit, limit);
  try {
    const work = stage.kind === "connect" ? connectAll(visit, stage) : runBody(visit);
    performer.values.set(stage.id, await work);
  } finally {
    stop();
    performer.signal.removeEventListener("abort", end);
    // What the body left running and tied to its signal ends with the stage.
    ending.abort(over(visit));
  }
}

function startTimer(visit: BodyVisit, { ms, isRuns }: Deadline): () => void {
  const { performer, key, ending } = visit;
  const expire = (): void => {
    const stuck = `the body has not returned after ${seconds(ms)}${describeAttempt(visit)}`;
    const whole = seconds(performer.definition.timeoutMs);
    const error = isRuns
      ? new StageError("run-timeout", key, `the run did not finish in ${whole}: ${stuck}`)
      : new StageError("body-timeout", key, stuck);
    ending.abort(error);
  };
  return performer.clock.limit(ms, expire);
}

/** One for all instances of the process: where an error comes from takes longer to find out than most bodies do. */
function over({ performer, key }: BodyVisit): StageError {
  const make = (): StageError => new StageError("body-failed", key, `stage '${key}' is over`);
  return performer.shared.once(`over ${key}`, make);
}
