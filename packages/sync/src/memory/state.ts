import type { Entry, Mutation, StoredRecord } from "../atoms/store.ts";
import type { SyncError } from "../error.ts";
import { belongsToRun } from "../keys.ts";
import { Answers } from "./answers.ts";
import { ClaimState } from "./claim-state.ts";
import { CounterState } from "./counters.ts";
import { GroupState } from "./groups.ts";
import { QueueState } from "./queue-state.ts";
import { RateState } from "./rates.ts";
import { RegisterState } from "./registers.ts";

interface Log {
  readonly entries: Entry[];
  readonly answers: Answers<number>;
}

/** The state of all runs as plain maps by full key. Every operation runs to its end before the next one starts. */
export class MemoryState {
  /** By base key of the run. */
  readonly epochs: Map<string, string> = new Map();
  /** Called with the key and its new length or count whenever one grew. */
  readonly grown: Set<(key: string, value: number) => void> = new Set();
  /** Called with the base key of a run that is forgotten, and what to tell those that wait for it. */
  readonly forgotten: Set<(base: string, gone: SyncError) => void> = new Set();
  readonly counters: CounterState = new CounterState((key, value) => this.#grow(key, value));
  readonly registers: RegisterState = new RegisterState((key, value) => this.#grow(key, value));
  readonly queues: QueueState;
  readonly rates: RateState;
  readonly claims: ClaimState;
  readonly groups: GroupState = new GroupState((key, value) => this.#grow(key, value));
  readonly #logs = new Map<string, Log>();
  readonly #records = new Map<string, Map<string, { json: string; at: number }>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.queues = new QueueState(now, (key, value) => this.#grow(key, value));
    this.rates = new RateState(now);
    this.claims = new ClaimState(now);
    this.claims.ended.add((session) => this.groups.sessionEnded(session));
  }

  append(key: string, json: string, mutation: Mutation): number {
    const log = getOrMake(this.#logs, key, () => ({
      entries: [],
      answers: new Answers<number>(key),
    }));
    const before = log.answers.before(mutation);
    if (before !== undefined) return before;
    const seq = log.entries.length + 1;
    log.entries.push({ seq, json });
    log.answers.give(mutation.requestId, seq);
    return this.#grow(key, seq);
  }

  entries(key: string): readonly Entry[] {
    return this.#logs.get(key)?.entries ?? [];
  }

  writeRecords(set: string, records: Readonly<Record<string, string>>): void {
    const stored = getOrMake(this.#records, set, () => new Map());
    for (const [id, json] of Object.entries(records)) stored.set(id, { json, at: this.#now() });
  }

  readRecords(set: string): ReadonlyMap<string, StoredRecord> {
    const now = this.#now();
    const stored = this.#records.get(set) ?? new Map<string, { json: string; at: number }>();
    return new Map([...stored].map(([id, { json, at }]) => [id, { json, ageMs: now - at }]));
  }

  /** Removes every key of the run; its sessions are lost, and its waits rejected, by `gone`. */
  forget(base: string, gone: SyncError): void {
    this.epochs.delete(base);
    const isOfRun = (key: string): boolean => belongsToRun(base, key);
    this.counters.forget(isOfRun);
    this.registers.forget(isOfRun);
    this.queues.forget(isOfRun);
    this.groups.forget(isOfRun);
    this.rates.forget(isOfRun);
    this.claims.forget(base, isOfRun, gone);
    for (const keys of [this.#logs, this.#records]) {
      for (const key of [...keys.keys()]) if (isOfRun(key)) keys.delete(key);
    }
    for (const listener of this.forgotten) listener(base, gone);
  }

  #grow(key: string, value: number): number {
    for (const listener of this.grown) listener(key, value);
    return value;
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
