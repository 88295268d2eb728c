import type { Performer } from "./performer.ts";

/** What is left for a stage: its own timeout or the run's, whichever is sooner. */
export interface Deadline {
  readonly ms: number;
  /** Whether it is the run that is out of time then. */
  readonly isRuns: boolean;
}

export function deadline(performer: Performer, timeoutMs: number | undefined): Deadline {
  const left = Math.max(0, performer.definition.timeoutMs - performer.now());
  return timeoutMs !== undefined && timeoutMs <= left
    ? { ms: timeoutMs, isRuns: false }
    : { ms: left, isRuns: true };
}
