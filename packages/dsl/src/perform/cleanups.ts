import type { Clock } from "./clock.ts";
import type { Performer } from "./performer.ts";
import { StageError } from "./stage-error.ts";

const CLEANUP_MS = 10_000;

/** The lists whose instances are over. */
const done = new WeakSet<Performer["cleanups"]>();

/** Registers; for an instance that is over, as its bodies may go on until they notice, cleans up at once. */
export function addCleanup(performer: Performer, dispose: () => void | Promise<void>): void {
  if (!done.has(performer.cleanups)) {
    performer.cleanups.unshift(dispose);
    return;
  }
  // Its outcome is known: nobody could be told of a fault.
  void withinTime(performer.clock, dispose).catch(() => {});
}

/** Runs every registered cleanup, last registered first, each also where another fails; then rejects with the first fault. */
export async function runCleanups(performer: Performer): Promise<void> {
  const faults: unknown[] = [];
  done.add(performer.cleanups);
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
