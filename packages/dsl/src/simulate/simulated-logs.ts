import type { Entry, Follow, LogKey, Logs, Mutation, Wait } from "@groundplan/sync";
import type { Line } from "./line.ts";
import type { SimulatedStore } from "./simulated-store.ts";

/** What an instance listens to beside whatever it does: the run's abort, and the losses of others. */
const LISTENED: ReadonlySet<string> = new Set(['log "abort"', 'log "lost"']);

/** The logs of a simulated store, as one instance reaches them. */
export class SimulatedLogs implements Logs<LogKey> {
  readonly #line: Line;
  readonly #store: SimulatedStore;

  constructor(line: Line, store: SimulatedStore) {
    this.#line = line;
    this.#store = store;
  }

  append(key: LogKey, json: string, mutation: Mutation): Promise<number> {
    const at = keyOf(key);
    return this.#line.ask({ what: at, isWrite: true }, mutation, (answer) => {
      answer.give(this.#store.append(at, json, mutation.requestId));
      return undefined;
    });
  }

  async *read(key: LogKey, { after = 0, ...wait }: Follow = {}): AsyncGenerator<Entry, void, void> {
    const at = keyOf(key);
    const asked = { what: at, isIdle: LISTENED.has(at) };
    for (let seq = after; ; ) {
      const entries = await this.#line.ask<readonly Entry[]>(asked, wait, (answer) =>
        this.#store.length(at).reach(seq + 1, () => answer.give(this.#store.entriesAfter(at, seq))),
      );
      yield* entries;
      seq += entries.length;
    }
  }

  collect(key: LogKey, count: number, wait: Wait = {}): Promise<readonly Entry[]> {
    const at = keyOf(key);
    const asked = { what: at, isIdle: LISTENED.has(at) };
    return this.#line.ask<readonly Entry[]>(asked, wait, (answer) =>
      this.#store.length(at).reach(count, () => answer.give(this.#store.entries(at, count))),
    );
  }

  snapshot(key: LogKey, wait: Wait = {}): Promise<readonly Entry[]> {
    const at = keyOf(key);
    return this.#line.ask<readonly Entry[]>({ what: at }, wait, (answer) => {
      answer.give(this.#store.entries(at));
      return undefined;
    });
  }
}

/** The key of a Testground topic, on which outside instances publish. */
export function topicKey(name: string): string {
  return keyOf({ kind: "topic", name });
}

function keyOf(key: LogKey): string {
  if (key.kind === "run_events") return "the run's events";
  return `${key.kind === "topic" ? "topic" : "log"} "${key.name}"`;
}
