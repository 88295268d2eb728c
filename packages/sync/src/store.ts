import type { Wait } from "./wait.ts";

/** The three names that separate one run's state from every other's. Raw, as Testground gives them. */
export interface Scope {
  readonly run: string;
  readonly plan: string;
  readonly case: string;
}

/**
 * What a store can carry. `counters` and `logs` every store has; `requestIds`: a repeated write counts once and the
 * contributors of a counter are known by name; `epoch`: the loss of its state is noticed; `records`: what instances
 * last said of themselves; `drop`: a run can be removed.
 */
export type Feature = "counters" | "logs" | "requestIds" | "epoch" | "records" | "drop";

/** The only door to shared state. One a process; thousands of clients share it. */
export interface Store extends AsyncDisposable {
  /** For messages: `memory`, `redis://127.0.0.1:6379`. */
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** Opens a run: creates its epoch, or joins the one in force. */
  open(scope: Scope, wait?: Wait): Promise<Namespace>;
  /** Access by full Testground key and without an epoch, for serving clients that know nothing else. */
  readonly foreign: Atoms<string, string>;
  /** Rejects what still waits, then lets go of the connection. May be called at any time, and twice. */
  close(): Promise<void>;
}

/** A state of Testground, or a counter of our own that no foreign instance looks at. */
export interface CounterKey {
  readonly kind: "state" | "own";
  readonly name: string;
}

/** A topic of Testground, its stream of run events, or a log of our own. */
export type LogKey =
  | { readonly kind: "topic" | "own"; readonly name: string }
  | { readonly kind: "run_events" };

/** One run under one epoch. Shared by the clients of one process; closed by who opened it. */
export interface Namespace extends Atoms<CounterKey, LogKey>, AsyncDisposable {
  readonly scope: Scope;
  readonly store: Store;
  /** A fresh request id: made once per logical operation and kept through every retry of it. */
  requestId(): string;
  /** Removes everything the run has in the store. For who started the run, once it is over. */
  drop(wait?: Wait): Promise<void>;
  /** Rejects what still waits in this namespace. The store stays open. */
  close(): Promise<void>;
}

export interface Atoms<Counter, Log> {
  readonly counters: Counters<Counter>;
  readonly logs: Logs<Log>;
  readonly records: Records;
}

/** A write. Repeated with the same request id it changes nothing and gives the first answer again. */
export interface Mutation extends Wait {
  readonly requestId: string;
}

/** Integers that only grow, from 0. */
export interface Counters<Key> {
  /** Adds one; resolves with the count just after, the caller's sequence number. */
  add(key: Key, mutation: Mutation): Promise<number>;
  /** Adds one and waits for the count to reach `target`; resolves with the caller's sequence number. One exchange. */
  addAndReach(key: Key, target: number, mutation: Mutation): Promise<number>;
  /** Resolves once the count has reached `target`, at once if it has; 0 needs no store. */
  reach(key: Key, target: number, wait?: Wait): Promise<void>;
  read(key: Key, wait?: Wait): Promise<number>;
  /** The request ids that have been counted, in no order. */
  contributors(key: Key, wait?: Wait): Promise<readonly string[]>;
}

export interface Entry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The JSON text that was appended. */
  readonly json: string;
}

export interface Follow extends Wait {
  /** The sequence number to start behind; 0, the beginning, unless given. */
  readonly after?: number | undefined;
}

/** Append-only sequences of JSON texts. */
export interface Logs<Key> {
  /** Resolves with the entry's sequence number. */
  append(key: Key, json: string, mutation: Mutation): Promise<number>;
  /** Every entry in order, each once, then those to come. `timeoutMs` is the longest wait for the next one. */
  read(key: Key, follow?: Follow): AsyncIterable<Entry>;
  /** The first `count` entries, once there are so many. */
  collect(key: Key, count: number, wait?: Wait): Promise<readonly Entry[]>;
  /** The entries there are now. */
  snapshot(key: Key, wait?: Wait): Promise<readonly Entry[]>;
}

export interface StoredRecord {
  readonly json: string;
  /** Milliseconds since it was written, by the store's clock. */
  readonly ageMs: number;
}

/** What each instance last said of itself: named sets of JSON texts, overwritten in place. */
export interface Records {
  write(set: string, records: Readonly<Record<string, string>>, wait?: Wait): Promise<void>;
  read(set: string, wait?: Wait): Promise<ReadonlyMap<string, StoredRecord>>;
}
