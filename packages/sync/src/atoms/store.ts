import type { StoreStatus } from "../store-status.ts";
import type { Wait } from "../wait.ts";
import type { Claims } from "./claims.ts";
import type { Feature } from "./features.ts";
import type { Groups } from "./groups.ts";
import type { Queues } from "./queues.ts";
import type { Rates } from "./rates.ts";
import type { Session } from "./session.ts";
import type { Settled } from "./settled.ts";

/** The three names that separate one run's state from every other's. Raw, as Testground gives them. */
export interface Scope {
  readonly run: string;
  readonly plan: string;
  readonly case: string;
}

/** The only door to shared state. One a process; thousands of clients share it. */
export interface Store extends AsyncDisposable {
  /** For messages: `memory`, `redis://127.0.0.1:6379`. */
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** Opens a run: creates its epoch, or joins the one in force. */
  open(scope: Scope, options?: OpenOptions): Promise<Namespace>;
  /** Access by full Testground key and without an epoch, for serving clients that know nothing else. */
  readonly foreign: Atoms<string, string>;
  /**
   * How this process and the store stand to each other now, then every change, none left out: one outage says each
   * status once, however often its connection comes and goes. Ends after `closed`. `timeoutMs` is the longest wait for
   * the next one.
   */
  status(wait?: Wait): AsyncIterable<StoreStatus>;
  /** Rejects what still waits, then lets go of the connection. May be called at any time, and twice. */
  close(): Promise<void>;
}

export interface OpenOptions extends Wait {
  /**
   * Milliseconds after which the store gives up on a session that it has not heard of, 100 or more; 15,000 unless
   * given. A process whose event loop is blocked for longer loses what it holds.
   */
  readonly sessionTtlMs?: number | undefined;
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
  readonly claims: Claims;
  readonly groups: Groups;
  /** The session of this namespace: opened by the first that needs it, another once it is lost, ended by `close`. */
  session(wait?: Wait): Promise<Session>;
  /** A fresh request id: made once per logical operation and kept through every retry of it. */
  requestId(): string;
  /** Removes everything the run has in the store. For who started the run, once it is over. */
  drop(wait?: Wait): Promise<void>;
  /** Rejects what still waits in this namespace and gives back what its session holds. The store stays open. */
  close(): Promise<void>;
}

export interface Atoms<Counter, Log> {
  readonly counters: Counters<Counter>;
  readonly logs: Logs<Log>;
  readonly records: Records;
  readonly registers: Registers;
  readonly rates: Rates;
  readonly queues: Queues;
}

/**
 * A write. Repeated with the same request id it changes nothing and gives the first answer again, as long as no call with
 * that id has resolved: then its answer may be forgotten, and an id that a namespace made is not to be used again.
 */
export interface Mutation extends Wait {
  readonly requestId: string;
  /** Which of its sender's earlier requests on the same object need not be remembered. Given by the namespace. */
  readonly settled?: Settled | undefined;
}

/** How an addition to a counter may differ from one. */
export interface CounterAddition extends Mutation {
  /** How much is added, 1 or more; 1 unless given. */
  readonly by?: number | undefined;
  /** Adds only to an even or odd count, else leaves it and resolves with it. Always adds unless given. */
  readonly onlyIf?: "even" | "odd" | undefined;
}

/**
 * A count to wait for: a number; the number that {@link Counters.declare} sets, also if that comes later; or the end
 * of a round, the next multiple of `roundOf` from the caller's sequence number on, or from the count for who only waits.
 */
export type Target = number | "declared" | { readonly roundOf: number };

/** Integers that only grow, from 0. Everything but additions of one and numbers as targets needs the feature `targets`. */
export interface Counters<Key> {
  /** Adds one, or `by`; resolves with the count just after, the caller's sequence number. */
  add(key: Key, addition: CounterAddition): Promise<number>;
  /** Adds and waits for the count to reach `target`; resolves with the caller's sequence number. One exchange. */
  addAndReach(key: Key, target: Target, addition: CounterAddition): Promise<number>;
  /** Resolves once the count has reached `target`, at once if it has; 0 needs no store. */
  reach(key: Key, target: Target, wait?: Wait): Promise<void>;
  /** Sets the target `declared`, once: the same again changes nothing, another rejects with `mismatch`. */
  declare(key: Key, target: number, mutation: Mutation): Promise<void>;
  /** The target that was declared; `undefined` if none was. */
  declared(key: Key, wait?: Wait): Promise<number | undefined>;
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
  /** The sequence number or version to start behind; 0, the beginning, unless given. */
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

/** What a register holds, and how often it was written. */
export interface Versioned {
  readonly json: string;
  /** 1 for the first write, one more with each. */
  readonly version: number;
}

export interface RegisterWrite extends Mutation {
  /** Writes only over this version; 0: only if nothing was ever written. Over any unless given. */
  readonly ifVersion?: number | undefined;
}

/** Single JSON values that are overwritten, each write a version. */
export interface Registers {
  /** `undefined` if it was never written. */
  read(name: string, wait?: Wait): Promise<Versioned | undefined>;
  /** Resolves with the version written. Rejects with a `VersionConflictError` when `ifVersion` is not in force. */
  write(name: string, json: string, write: RegisterWrite): Promise<{ readonly version: number }>;
  /**
   * Adds to the whole number it holds, 0 before the first write; resolves with the sum, exactly. Rejects with
   * `mismatch` when it holds something else, and with `range` when the sum would be inexact (beyond 2^53 - 1).
   */
  add(name: string, by: number, mutation: Mutation): Promise<number>;
  /**
   * What it holds, as soon as there is a version after `after`, then every change: the latest only, when several came
   * since; never an older one. `timeoutMs` is the longest wait for the next one.
   */
  watch(name: string, follow?: Follow): AsyncIterable<Versioned>;
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
