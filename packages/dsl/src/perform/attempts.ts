import { seededRandom } from "../random.ts";
import type { RetryData } from "../stage.ts";
import { backoffMs } from "./backoff.ts";
import { type BodyVisit, describeAttempt, drawsOf } from "./body-visit.ts";
import { callBody } from "./call-body.ts";
import { StageError } from "./stage-error.ts";

/** Runs the body again for as long as it throws and the stage's `retry` allows. */
export async function retryBody(visit: BodyVisit, retry: RetryData): Promise<unknown> {
  const { performer, key, ending } = visit;
  const draws = seededRandom(performer.seed, "backoff", performer.me.id, key, ...drawsOf(visit));
  const start = performer.now();
  for (;;) {
    try {
      return await attempt(visit);
    } catch (error) {
      if (ending.signal.aborted || !(error instanceof StageError)) throw error;
      const left = timeLeft(retry, visit.attempt, performer.now() - start);
      if (left <= 0) throw spent(visit, error);
      visit.lastError = error.message;
      await performer.clock.sleep(
        Math.min(left, backoffMs(retry.backoffMs, visit.attempt, draws.next())),
        ending.signal,
      );
      visit.attempt += 1;
    }
  }
}

/** What an attempt leaves running, tied to its signal, ends with it. */
async function attempt(visit: BodyVisit): Promise<unknown> {
  const { performer, key, ending, attempt: number, lastError } = visit;
  performer.progress.set(performer.me.id, key, "body", { attempt: number, lastError });
  if (lastError !== undefined) performer.note("attempt", key, { attempt: number, text: lastError });
  const over = new AbortController();
  try {
    return await callBody(visit, AbortSignal.any([ending.signal, over.signal]));
  } finally {
    over.abort(new StageError("body-failed", key, `attempt ${number} of '${key}' is over`));
  }
}

/** For another attempt: none or less if this was the last. */
function timeLeft({ attempts, withinMs }: RetryData, made: number, elapsedMs: number): number {
  if (attempts !== undefined && made >= attempts) return 0;
  return withinMs === undefined ? Number.POSITIVE_INFINITY : withinMs - elapsedMs;
}

function spent(visit: BodyVisit, { message, cause }: StageError): StageError {
  const last = describeAttempt({ ...visit, lastError: undefined });
  return new StageError("body-failed", visit.key, `${message}${last}`, { cause });
}
