import type { Clock } from "./clock.ts";
import type { Performer } from "./performer.ts";
import { StageError } from "./stage-error.ts";

const CLEANUP_MS = 10_000;

/** Runs every registered cleanup, last registered first, each also where another fails; then rejects with the first fault. */
export async function runCleanups(performer: Performer): Promise<void> {
  const faults: unknown[] = [];
  for (const dispose of performer.cleanups.splice(0)) {
    await withinTime(performer.clock, dispose).catch((fault: unknown) => faults.push(fault));
    performer.note("cleanup", "@end");
  }
  if (faults.length === 0) return;
  const [first] = faults;
  const message = first instanceof Error ? first.message : String(first);
  throw new StageError("body-failed", "@end", `a cleanup failed: ${message}`, { cause: first });
}

async function withinTime(clock: Clock, dispose: () => void | Promise<void>): Promise<void> {
  let stop = (): void => {};
  const late = new Promise<never>((_, reject) => {
    const expire = (): void => reject(new Error(`it has not returned after ${CLEANUP_MS} ms`));
    stop = clock.limit(CLEANUP_MS, expire);
  });
  try {
    await Promise.race([(async () => dispose())(), late]);
  } finally {
    stop();
  }
}
