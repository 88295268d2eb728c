import { setTimeout as sleep } from "node:timers/promises";
import { durationMs } from "../duration.ts";
import type { Me } from "../me.ts";
import type { Stage } from "../stage.ts";
import { seconds } from "./blame.ts";
import { deadline } from "./deadline.ts";
import type { Performer, Rounds } from "./performer.ts";
import { StageError } from "./stage-error.ts";

type RunStage = Stage & { kind: "run" };

/** Runs the body until it returns, the stage is out of time, or the run is aborted. */
export async function performBody(
  performer: Performer,
  stage: RunStage,
  key: string,
  rounds: Rounds,
): Promise<void> {
  performer.progress.set(performer.me.id, key, "body");
  const ending = new AbortController();
  const end = (): void => ending.abort(performer.signal.reason);
  performer.signal.addEventListener("abort", end, { once: true });
  const timer = startTimer(performer, stage, key, ending);
  try {
    const body = callBody(performer, stage, key, rounds, ending.signal);
    performer.values.set(stage.id, await orAborted(body, ending.signal));
  } finally {
    clearTimeout(timer);
    performer.signal.removeEventListener("abort", end);
    // What the body left running and tied to its signal ends with the stage.
    ending.abort(new StageError("body-failed", key, `stage '${key}' is over`));
  }
}

async function callBody(
  performer: Performer,
  stage: RunStage,
  key: string,
  rounds: Rounds,
  signal: AbortSignal,
): Promise<unknown> {
  const body = performer.definition.bodies.get(stage.id);
  if (body === undefined) throw new TypeError(`the definition has no body for stage '${stage.id}'`);
  const needs = Object.entries(stage.needs).map(([name, id]) => [name, performer.values.get(id)]);
  const input = { ...Object.fromEntries(needs), me: makeMe(performer, key, rounds, signal) };
  try {
    return await body(input as never);
  } catch (cause) {
    if (signal.aborted && cause === signal.reason) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("body-failed", key, message, { cause });
  }
}

function startTimer(
  performer: Performer,
  stage: RunStage,
  key: string,
  ending: AbortController,
): NodeJS.Timeout {
  const { ms, isRuns } = deadline(performer, stage.timeoutMs);
  const expire = (): void => {
    const stuck = `the body has not returned after ${seconds(ms)}`;
    const whole = seconds(performer.definition.timeoutMs);
    const error = isRuns
      ? new StageError("run-timeout", key, `the run did not finish in ${whole}: ${stuck}`)
      : new StageError("body-timeout", key, stuck);
    ending.abort(error);
  };
  return setTimeout(expire, ms);
}

/** The body's result, or the signal's reason: a body that ignores its signal holds nobody up. */
function orAborted<T>(body: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    body.then(resolve, reject);
  });
}

function makeMe(performer: Performer, key: string, rounds: Rounds, signal: AbortSignal): Me {
  const { env, me, company, sync } = performer;
  return {
    ...me,
    members: company.cast.members,
    stage: key,
    round: rounds.at(-1) ?? 0,
    signal,
    env,
    sync,
    now: performer.now,
    sleep: async (time) => {
      await sleep(durationMs(time, `stage '${key}': sleep`), undefined, { signal }).catch(
        (error) => {
          throw signal.aborted ? signal.reason : error;
        },
      );
    },
    log: (message, fields = {}) => {
      env.log(message, { ...fields, instance_id: me.id, role: me.role, stage: key });
      performer.note("log", key, { text: message });
    },
    measure: (name, value) => env.results.point(name, value),
    cleanup: (dispose) => void performer.cleanups.unshift(dispose),
  };
}
