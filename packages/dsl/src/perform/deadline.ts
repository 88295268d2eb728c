import type { Performer } from "./performer.ts";

/** What is left for a stage: its own timeout or the run's, whichever is sooner. */
export interface Deadline {
  readonly ms: number;
  /** Whether it is the run that is out of time then. */
  readonly isRuns: boolean;
}

/** @param since when the stage was entered, by `performer.now`. */
export function deadline(
  performer: Performer,
  timeoutMs: number | undefined,
  since?: number,
): Deadline {
  const now = performer.now();
  const left = Math.max(0, performer.definition.timeoutMs - now);
  if (timeoutMs === undefined) return { ms: left, isRuns: true };
  const own = Math.max(0, timeoutMs - (now - (since ?? now)));
  return own <= left ? { ms: own, isRuns: false } : { ms: left, isRuns: true };
}
