import { pending } from "./wait.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves after so many milliseconds, never before; rejects with the signal's reason. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    let timer: NodeJS.Timeout | undefined;
    const waiter = pending<void>({ signal }, String, () => clearTimeout(timer));
    timer = setTimeout(waiter.resolve, Math.min(Math.ceil(left), LONGEST_TIMER_MS));
    await waiter.promise;
  }
}
