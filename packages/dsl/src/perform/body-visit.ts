import type { Stage } from "../stage.ts";
import type { Performer, Rounds } from "./performer.ts";

/** One instance in a stage with a body. */
export interface BodyVisit {
  readonly performer: Performer;
  readonly stage: Stage & { kind: "run" };
  readonly key: string;
  readonly rounds: Rounds;
  /** Ends whatever the body is doing when the stage is over. */
  readonly ending: AbortController;
  /** From 1. */
  attempt: number;
  /** What the attempt before it threw. */
  lastError: string | undefined;
}

/** ` (attempt 3 of 5, last error: …)`, or nothing where there is only one. */
export function describeAttempt({ stage, attempt, lastError }: BodyVisit): string {
  if (stage.retry === undefined) return "";
  const { attempts } = stage.retry;
  const which = attempts === undefined ? `${attempt}` : `${attempt} of ${attempts}`;
  return ` (attempt ${which}${lastError === undefined ? "" : `, last error: ${lastError}`})`;
}
