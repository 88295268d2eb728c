import type { CounterKey, LogKey, Scope } from "./store.ts";

/** `run:<run>:plan:<plan>:case:<case>`: what every key of a run starts with, in Testground too. */
export function baseKey(scope: Scope): string {
  return `run:${scope.run}:plan:${scope.plan}:case:${scope.case}`;
}

export function counterKey(base: string, key: CounterKey): string {
  return key.kind === "state" ? `${base}:states:${key.name}` : `gp:ctr:${base}:own:${key.name}`;
}

export function logKey(base: string, key: LogKey): string {
  switch (key.kind) {
    case "topic":
      return `${base}:topics:${key.name}`;
    case "run_events":
      return `${base}:run_events`;
    case "own":
      return `gp:log:${base}:own:${key.name}`;
  }
}

export function recordsKey(base: string, set: string): string {
  return `gp:rec:${base}:own:${set}`;
}

/** Whether instances written with other SDKs may read and write the key. */
export function isShared(key: string): boolean {
  return key.startsWith("run:");
}

/** Holds the epoch of a run. */
export function metaKey(base: string): string {
  return `gp:meta:${base}`;
}

/** A key beside another: a prefix on the full key, because names may contain `:` and cannot be parsed apart. */
export function auxiliaryKey(part: "req" | "tgt", key: string): string {
  return `gp:${part}:${key}`;
}

/** Where crossings of awaited thresholds of the key are announced. */
export function channelOf(key: string): string {
  return `gp:ch:${key}`;
}

/** Whether a key is one of the run's. Not by prefix alone: the run `a` must not take the keys of the run `a:b`. */
export function belongsToRun(base: string, key: string): boolean {
  const own = key.replace(/^(gp:[a-z]+:)+/, "");
  if (own === base || own === `${base}:run_events`) return true;
  return ["states", "topics", "own"].some((kind) => own.startsWith(`${base}:${kind}:`));
}
