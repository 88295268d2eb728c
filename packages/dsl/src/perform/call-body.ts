import { BodyMe } from "./body-me.ts";
import type { BodyVisit } from "./body-visit.ts";
import { StageError } from "./stage-error.ts";

/** Runs the body once, to its end or the signal's. */
export function callBody(visit: BodyVisit, signal: AbortSignal): Promise<unknown> {
  return orAborted(call(visit, signal), signal);
}

async function call(visit: BodyVisit, signal: AbortSignal): Promise<unknown> {
  const { performer, stage, key, peer } = visit;
  const body = performer.definition.bodies.get(stage.id);
  if (body === undefined) throw new TypeError(`the definition has no body for stage '${stage.id}'`);
  const needs = Object.entries(stage.needs).map(([name, id]) => [name, performer.values.get(id)]);
  const me = new BodyMe(visit, signal);
  const input = { ...Object.fromEntries(needs), me, ...(peer === undefined ? {} : { peer }) };
  try {
    return await body(input as never);
  } catch (cause) {
    if (signal.aborted && cause === signal.reason) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StageError("body-failed", key, message, { cause });
  }
}

/** The body's result, or the signal's reason: a body that ignores its signal holds nobody up. */
function orAborted<T>(body: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    body.then(resolve, reject);
  });
}
