import { setTimeout as wait } from "node:timers/promises";

/** Where the interpreter takes its time from: the process, or a simulation. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls back after so many milliseconds, unless what it returns is called before. */
  limit(ms: number, expire: () => void): () => void;
  /** Resolves after so many milliseconds; rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The process's own. */
export const processClock: Clock = {
  now: () => performance.now(),
  limit(ms, expire) {
    const timer = setTimeout(expire, ms);
    return () => clearTimeout(timer);
  },
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
