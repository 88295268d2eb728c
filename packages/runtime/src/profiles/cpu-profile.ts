import type { Session } from "node:inspector/promises";

/** As often as Go's profiler. */
const SAMPLING_US = 10_000;

/** A profile being taken. */
export interface RunningProfile {
  /** Ends it; resolves with the `.cpuprofile`, which Chrome's and VS Code's tools open. */
  stop(): Promise<string>;
}

/** Profiles what this process computes, until it is stopped. Several can be taken at once. */
export async function startCpuProfile(): Promise<RunningProfile> {
  const session = await openSession();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_US });
  await session.post("Profiler.start");
  return {
    async stop() {
      try {
        const { profile } = await session.post("Profiler.stop");
        return JSON.stringify(profile);
      } finally {
        session.disconnect();
      }
    },
  };
}

/** Node may be built without its inspector, hence not a static import. */
export async function openSession(): Promise<Session> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  return session;
}
