import type { CounterKey, LogKey, Scope } from "./atoms/store.ts";

/** How keys are spelled: as Testground does, or with a hash tag that keeps all of a run on one node of a cluster. */
export type KeyLayout = "testground" | "hash-tag";

/** `run:<run>:plan:<plan>:case:<case>`: what every key of a run starts with, in Testground too. */
export function baseKey(scope: Scope, layout: KeyLayout = "testground"): string {
  const base = `run:${scope.run}:plan:${scope.plan}:case:${scope.case}`;
  return layout === "hash-tag" ? withHashTag(base) : base;
}

/**
 * `run:{<run>}:plan:…` out of `run:<run>:plan:…`, whatever stands around it: the same key for who knows the names and
 * for who knows only Testground's full key. A tag may not be empty, so a run that begins with `}` is written `%7D…`.
 */
export function withHashTag(key: string): string {
  return key.replace(/^((?:gp:[^:]+:)*run:)(.*?)(?=:plan:)/s, (_, before: string, run: string) => {
    const tag = run.replace(/^[%}]/, encodeURIComponent);
    return `${before}{${tag}}`;
  });
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

export function registerKey(base: string, name: string): string {
  return `gp:reg:${base}:own:${name}`;
}

export function rateKey(base: string, name: string): string {
  return `gp:rate:${base}:own:${name}`;
}

export function queueKey(base: string, name: string): string {
  return `gp:queue:${base}:own:${name}`;
}

export function groupKey(base: string, name: string): string {
  return `gp:group:${base}:own:${name}`;
}

export function claimKey(base: string, name: string): string {
  return `gp:claim:${base}:own:${name}`;
}

/** The sessions of a run: those that live, those whose ends are being seen to, and the tickets of its claim queues. */
export function sessionKeys(base: string): { sess: string; dead: string; seq: string } {
  return { sess: `gp:sess:${base}`, dead: `gp:dead:${base}`, seq: `gp:seq:${base}` };
}

/** What is to be given back when a session ends. */
export function undoKey(base: string, session: string): string {
  return `gp:undo:${base}:own:${session}`;
}

/** What the channels begin with on which processes of a run are told what concerns them alone. */
export function inboxPrefix(base: string): string {
  return `gp:in:${base}:own:`;
}

/** Whether instances written with other SDKs may read and write the key. */
export function isShared(key: string): boolean {
  return key.startsWith("run:");
}

/** Holds the epoch of a run. */
export function metaKey(base: string): string {
  return `gp:meta:${base}`;
}

export type AuxiliaryPart =
  | "spc"
  | "item"
  | "dead"
  | "info"
  | "req"
  | "tgt"
  | "dcl"
  | "val"
  | "que"
  | "ask"
  | "due"
  | "hold"
  | "over";

/** A key beside another: a prefix on the full key, because names may contain `:` and cannot be parsed apart. */
export function auxiliaryKey(part: AuxiliaryPart, key: string): string {
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
