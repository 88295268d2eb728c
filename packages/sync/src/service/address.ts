import type { CounterKey, LogKey } from "../atoms/store.ts";
import {
  claimKey,
  counterKey,
  groupKey,
  logKey,
  queueKey,
  rateKey,
  recordsKey,
  registerKey,
} from "../keys.ts";

/** How the objects of a store are named in calls to a service. */
export interface Address {
  /** The handle of an open run; without it names are full keys. */
  readonly run?: string;
  counter(fullKey: string): CounterKey | string;
  log(fullKey: string): LogKey | string;
  set(fullKey: string): string;
  register(fullKey: string): string;
  rate(fullKey: string): string;
  queue(fullKey: string): string;
  claim(fullKey: string): string;
  group(fullKey: string): string;
}

export const byFullKey: Address = {
  counter: (fullKey) => fullKey,
  log: (fullKey) => fullKey,
  set: (fullKey) => fullKey,
  register: (fullKey) => fullKey,
  rate: (fullKey) => fullKey,
  queue: (fullKey) => fullKey,
  claim: (fullKey) => fullKey,
  group: (fullKey) => fullKey,
};

/** Names in a run, without the part that all its keys share. */
export function inRun(base: string, run: string): Address {
  const state = counterKey(base, { kind: "state", name: "" });
  const ownCounter = counterKey(base, { kind: "own", name: "" });
  const runEvents = logKey(base, { kind: "run_events" });
  const topic = logKey(base, { kind: "topic", name: "" });
  const ownLog = logKey(base, { kind: "own", name: "" });
  const set = recordsKey(base, "");
  const register = registerKey(base, "");
  const rate = rateKey(base, "");
  const queue = queueKey(base, "");
  const claim = claimKey(base, "");
  const group = groupKey(base, "");
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
    register: (key) => key.slice(register.length),
    rate: (key) => key.slice(rate.length),
    queue: (key) => key.slice(queue.length),
    claim: (key) => key.slice(claim.length),
    group: (key) => key.slice(group.length),
  };
}
