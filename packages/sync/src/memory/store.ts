import { randomUUID } from "node:crypto";
import { countTimeout, logTimeout } from "../describe.ts";
import { StateLostError, SyncError } from "../error.ts";
import { baseKey, belongsToRun } from "../keys.ts";
import { bindNamespace } from "../namespace.ts";
import type {
  Atoms,
  Counters,
  Entry,
  Feature,
  Logs,
  Mutation,
  Namespace,
  Records,
  Scope,
  Store,
} from "../store.ts";
import { Thresholds } from "../thresholds.ts";
import type { Wait } from "../wait.ts";
import { MemoryState } from "./state.ts";

export interface MemoryStoreOptions {
  /** Milliseconds; `performance.now` unless given. */
  readonly now?: () => number;
  /** A store to share state with, as the store of another process would; its own state unless given. */
  readonly sharedWith?: MemoryStore;
}

/** A store in this process: instances that share it coordinate as over a network, without one. */
export class MemoryStore implements Store {
  readonly name: string = "memory";
  readonly features: ReadonlySet<Feature> = new Set<Feature>([
    "counters",
    "logs",
    "requestIds",
    "epoch",
    "records",
    "drop",
  ]);
  readonly foreign: Atoms<string, string>;
  readonly #state: MemoryState;
  readonly #thresholds = new Thresholds();
  readonly #advance = (key: string, value: number): void => this.#thresholds.advance(key, value);
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    const { now = () => performance.now(), sharedWith } = options;
    this.#state = sharedWith === undefined ? new MemoryState(now) : sharedWith.#state;
    this.#state.grown.add(this.#advance);
    this.foreign = this.#atoms(() => {});
  }

  async open(scope: Scope): Promise<Namespace> {
    this.#checkOpen();
    const base = baseKey(scope);
    const epoch = this.#state.epochs.get(base) ?? randomUUID();
    this.#state.epochs.set(base, epoch);
    const guard = (): void => {
      const found = this.#state.epochs.get(base) ?? "";
      if (found !== epoch) throw new StateLostError(this.name, epoch, found);
    };
    const drop = async (): Promise<void> => this.#state.forget(base);
    return bindNamespace({ store: this, scope, atoms: this.#atoms(guard), drop });
  }

  /** Forgets everything, as a Redis that restarts without persistence: every wait rejects with `state-lost`. */
  loseState(): void {
    for (const [base, epoch] of [...this.#state.epochs]) {
      this.#state.forget(base);
      this.#thresholds.rejectAll(new StateLostError(this.name, epoch, ""), (key) =>
        belongsToRun(base, key),
      );
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#state.grown.delete(this.#advance);
    this.#thresholds.rejectAll(new SyncError("closed", `${this.name} was closed`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new SyncError("closed", `${this.name} was closed`);
  }

  #atoms(guardEpoch: () => void): Atoms<string, string> {
    const guard = (): void => {
      this.#checkOpen();
      guardEpoch();
    };
    return {
      counters: this.#counters(guard),
      logs: this.#logs(guard),
      records: this.#records(guard),
    };
  }

  #counters(guard: () => void): Counters<string> {
    const add = (key: string, { requestId }: Mutation): number => {
      guard();
      return this.#state.add(key, requestId);
    };
    const reach = async (key: string, target: number, wait: Wait = {}): Promise<void> => {
      guard();
      if (this.#state.count(key) >= target) return;
      await this.#thresholds.wait(key, target, wait, (ms) =>
        countTimeout(key, this.#state.count(key), target, ms),
      );
    };
    return {
      add: async (key, mutation) => add(key, mutation),
      async addAndReach(key, target, mutation) {
        const seq = add(key, mutation);
        await reach(key, target, mutation);
        return seq;
      },
      reach,
      read: async (key) => {
        guard();
        return this.#state.count(key);
      },
      contributors: async (key) => {
        guard();
        return this.#state.contributors(key);
      },
    };
  }

  #logs(guard: () => void): Logs<string> {
    const state = this.#state;
    const reach = async (key: string, length: number, wait: Wait): Promise<void> => {
      guard();
      if (state.entries(key).length >= length) return;
      await this.#thresholds.wait(key, length, wait, (ms) =>
        logTimeout(key, state.entries(key).length, ms),
      );
    };
    return {
      append: async (key, json, { requestId }) => {
        guard();
        return state.append(key, json, requestId);
      },
      async *read(key, { after = 0, ...wait } = {}) {
        for (let seq = after; ; seq++) {
          await reach(key, seq + 1, wait);
          const entry = state.entries(key)[seq];
          if (entry !== undefined) yield entry;
        }
      },
      async collect(key, count, wait = {}) {
        await reach(key, count, wait);
        return state.entries(key).slice(0, count);
      },
      async snapshot(key): Promise<readonly Entry[]> {
        guard();
        return [...state.entries(key)];
      },
    };
  }

  #records(guard: () => void): Records {
    return {
      write: async (set, records) => {
        guard();
        this.#state.writeRecords(set, records);
      },
      read: async (set) => {
        guard();
        return this.#state.readRecords(set);
      },
    };
  }
}
