import { counterKey, logKey, recordsKey } from "../keys.ts";
import type { CounterKey, LogKey } from "../store.ts";

/** How the objects of a store are named in calls to a service. */
export interface Address {
  /** The handle of an open run; without it names are full keys. */
  readonly run?: string;
  counter(fullKey: string): CounterKey | string;
  log(fullKey: string): LogKey | string;
  set(fullKey: string): string;
}

export const byFullKey: Address = {
  counter: (fullKey) => fullKey,
  log: (fullKey) => fullKey,
  set: (fullKey) => fullKey,
};

/** Names in a run, without the part that all its keys share. */
export function inRun(base: string, run: string): Address {
  const state = counterKey(base, { kind: "state", name: "" });
  const ownCounter = counterKey(base, { kind: "own", name: "" });
  const runEvents = logKey(base, { kind: "run_events" });
  const topic = logKey(base, { kind: "topic", name: "" });
  const ownLog = logKey(base, { kind: "own", name: "" });
  const set = recordsKey(base, "");
  return {
    run,
    counter: (key) =>
      key.startsWith(state)
        ? { kind: "state", name: key.slice(state.length) }
        : { kind: "own", name: key.slice(ownCounter.length) },
    log: (key) => {
      if (key === runEvents) return { kind: "run_events" };
      if (key.startsWith(topic)) return { kind: "topic", name: key.slice(topic.length) };
      return { kind: "own", name: key.slice(ownLog.length) };
    },
    set: (key) => key.slice(set.length),
  };
}
