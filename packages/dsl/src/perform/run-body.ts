import { retryBody } from "./attempts.ts";
import type { BodyVisit } from "./body-visit.ts";
import { callBody } from "./call-body.ts";

/** Runs the body, as often as its stage's `retry` allows. */
export function runBody(visit: BodyVisit): Promise<unknown> {
  const { performer, stage, key, ending } = visit;
  if (stage.retry !== undefined) return retryBody(visit, stage.retry);
  performer.progress.set(performer.me.id, key, "body");
  return callBody(visit, ending.signal);
}
