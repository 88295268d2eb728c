import type { Entry, Follow } from "../atoms/store.ts";
import { logTimeout } from "../describe.ts";
import { Thresholds } from "../thresholds.ts";
import type { Wait } from "../wait.ts";

/** Takes what a subscription delivers. */
export interface LogSink {
  entries(jsons: readonly string[]): void;
  fail(error: unknown): void;
}

/** Subscribes to a log behind an entry; returns what ends the subscription. */
export type Subscribe = (key: string, after: number, sink: LogSink) => () => void;

interface SharedLog {
  readonly id: string;
  readonly jsons: string[];
  readers: number;
  failure: { readonly error: unknown } | undefined;
  stop: () => void;
}

/**
 * Logs that are being read: one subscription each, however many readers it has. Entries are kept as long as somebody
 * reads the log, so that every reader goes at its own pace and the connection is always drained.
 */
export class SharedLogs {
  readonly #subscribe: Subscribe;
  readonly #logs = new Map<string, SharedLog>();
  readonly #lengths = new Thresholds();

  constructor(subscribe: Subscribe) {
    this.#subscribe = subscribe;
  }

  async *read(key: string, { after = 0, ...wait }: Follow = {}): AsyncGenerator<Entry, void, void> {
    const log = this.#join(key, after);
    try {
      for (let n = 1; ; n++) {
        await this.#grown(log, n, wait, (ms) => logTimeout(key, after + n - 1, ms));
        const json = log.jsons[n - 1];
        if (json !== undefined) yield { seq: after + n, json };
      }
    } finally {
      this.#leave(log);
    }
  }

  async collect(key: string, count: number, wait: Wait = {}): Promise<readonly Entry[]> {
    const log = this.#join(key, 0);
    try {
      await this.#grown(log, count, wait, (ms) => logTimeout(key, log.jsons.length, ms));
      return log.jsons.slice(0, count).map((json, i) => ({ seq: i + 1, json }));
    } finally {
      this.#leave(log);
    }
  }

  async #grown(
    log: SharedLog,
    length: number,
    wait: Wait,
    describe: (timeoutMs: number) => string,
  ): Promise<void> {
    if (log.jsons.length >= length) return;
    if (log.failure !== undefined) throw log.failure.error;
    await this.#lengths.wait(log.id, length, wait, describe);
  }

  #join(key: string, after: number): SharedLog {
    const id = `${after} ${key}`;
    const log = this.#logs.get(id) ?? this.#start(id, key, after);
    log.readers++;
    return log;
  }

  #start(id: string, key: string, after: number): SharedLog {
    const log: SharedLog = { id, jsons: [], readers: 0, failure: undefined, stop: () => {} };
    log.stop = this.#subscribe(key, after, {
      entries: (jsons) => {
        for (const json of jsons) log.jsons.push(json);
        this.#lengths.advance(id, log.jsons.length);
      },
      fail: (error) => {
        log.failure = { error };
        this.#forget(log);
        this.#lengths.rejectAll(error, (waiting) => waiting === id);
      },
    });
    this.#logs.set(id, log);
    return log;
  }

  #leave(log: SharedLog): void {
    log.readers--;
    if (log.readers > 0) return;
    this.#forget(log);
    log.stop();
  }

  #forget(log: SharedLog): void {
    if (this.#logs.get(log.id) === log) this.#logs.delete(log.id);
  }
}
