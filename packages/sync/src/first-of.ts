import { linkSignals } from "./on-abort.ts";
import type { Wait } from "./wait.ts";

const SETTLED = new Error("another wait was over first");

/** The outcome of the first of several waits; the others are ended, and are over when it resolves or rejects. */
export async function firstOf<T>(
  wait: Wait,
  waits: readonly ((wait: Wait) => Promise<T>)[],
): Promise<T> {
  const settled = new AbortController();
  const link = linkSignals([wait.signal, settled.signal]);
  const running = waits.map((start) => start({ ...wait, signal: link.signal }));
  try {
    return await Promise.race(running);
  } finally {
    settled.abort(SETTLED);
    await Promise.allSettled(running);
    link.release();
  }
}
