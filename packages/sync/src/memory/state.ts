import { belongsToRun } from "../keys.ts";
import type { Entry, StoredRecord } from "../store.ts";

interface Counter {
  count: number;
  readonly seqs: Map<string, number>;
}

interface Log {
  readonly entries: Entry[];
  readonly seqs: Map<string, number>;
}

/** The state of all runs as plain maps by full key. Every operation runs to its end before the next one starts. */
export class MemoryState {
  /** By base key of the run. */
  readonly epochs: Map<string, string> = new Map();
  /** Called with the key and its new length or count whenever one grew. */
  readonly grown: Set<(key: string, value: number) => void> = new Set();
  readonly #counters = new Map<string, Counter>();
  readonly #logs = new Map<string, Log>();
  readonly #records = new Map<string, Map<string, { json: string; at: number }>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(key: string, requestId: string): number {
    const counter = getOrMake(this.#counters, key, () => ({ count: 0, seqs: new Map() }));
    return getOrMake(counter.seqs, requestId, () => this.#grow(key, ++counter.count));
  }

  count(key: string): number {
    return this.#counters.get(key)?.count ?? 0;
  }

  contributors(key: string): readonly string[] {
    return [...(this.#counters.get(key)?.seqs.keys() ?? [])];
  }

  append(key: string, json: string, requestId: string): number {
    const log = getOrMake(this.#logs, key, () => ({ entries: [], seqs: new Map() }));
    return getOrMake(log.seqs, requestId, () => {
      const seq = log.entries.length + 1;
      log.entries.push({ seq, json });
      return this.#grow(key, seq);
    });
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

  /** Removes every key of the run. */
  forget(base: string): void {
    this.epochs.delete(base);
    for (const keys of [this.#counters, this.#logs, this.#records]) {
      for (const key of [...keys.keys()]) if (belongsToRun(base, key)) keys.delete(key);
    }
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
