import type { Session } from "node:inspector/promises";
import { openSession } from "./cpu-profile.ts";

/** A use of the process's heap profiler. */
export interface HeapSampling {
  /** What was allocated since the sampling began and is still there, as a `.heapprofile`. */
  profile(): Promise<string>;
  /** May be called twice. */
  stop(): Promise<void>;
}

let running: Promise<Session> | undefined;
let users = 0;

/** Samples allocations until stopped. V8 has one such profiler, which all uses share: it begins with the first of them. */
export async function startHeapSampling(): Promise<HeapSampling> {
  users++;
  running ??= begin();
  const session = await running.catch((error: unknown) => {
    users--;
    running = undefined;
    throw error;
  });
  let isOpen = true;
  return {
    async profile() {
      const { profile } = await session.post("HeapProfiler.getSamplingProfile");
      return JSON.stringify(profile);
    },
    async stop() {
      if (!isOpen) return;
      isOpen = false;
      if (--users > 0) return;
      running = undefined;
      // Its profiler ends with the session.
      session.disconnect();
    },
  };
}

async function begin(): Promise<Session> {
  const session = await openSession();
  await session.post("HeapProfiler.enable");
  await session.post("HeapProfiler.startSampling");
  return session;
}
