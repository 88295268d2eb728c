import { randomUUID } from "node:crypto";
import { FEATURES, type Feature } from "../atoms/features.ts";
import type { Liveness } from "../atoms/liveness.ts";
import type {
  Atoms,
  Entry,
  Logs,
  Namespace,
  OpenOptions,
  Records,
  Scope,
  Store,
} from "../atoms/store.ts";
import { bindNamespace } from "../binding/namespace.ts";
import { logTimeout } from "../describe.ts";
import { SessionLostError, StateLostError, SyncError } from "../error.ts";
import { baseKey, belongsToRun } from "../keys.ts";
import { reportingLosses, StatusFeed, type StoreStatus } from "../store-status.ts";
import { Thresholds } from "../thresholds.ts";
import type { Wait } from "../wait.ts";
import { MemoryClaims } from "./claims.ts";
import { memoryCounters } from "./counters.ts";
import { memoryGroups } from "./groups.ts";
import { memoryQueues } from "./queue.ts";
import { memoryRates } from "./rates.ts";
import { memoryRegisters } from "./registers.ts";
import { memorySessions } from "./sessions.ts";
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
  readonly features: ReadonlySet<Feature> = new Set(FEATURES);
  readonly foreign: Atoms<string, string>;
  readonly #state: MemoryState;
  readonly #thresholds = new Thresholds();
  readonly #advance = (key: string, value: number): void => this.#thresholds.advance(key, value);
  readonly #forget = (base: string, gone: SyncError): void =>
    this.#thresholds.rejectAll(gone, (key) => belongsToRun(base, key));
  readonly #sessions = new Set<string>();
  readonly #status = new StatusFeed();
  /** Memory answers again at once, when all whose sessions it has given up know. */
  readonly #lost = (): void => {
    this.#status.report("lost");
    queueMicrotask(() => this.#status.report("connected"));
  };
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    const { now = () => performance.now(), sharedWith } = options;
    this.#state = sharedWith === undefined ? new MemoryState(now) : sharedWith.#state;
    this.#state.grown.add(this.#advance);
    this.#state.forgotten.add(this.#forget);
    this.foreign = this.#atoms(() => {});
  }

  async open(scope: Scope, { sessionTtlMs }: OpenOptions = {}): Promise<Namespace> {
    this.#checkOpen();
    const base = baseKey(scope);
    const epoch = this.#state.epochs.get(base) ?? randomUUID();
    this.#state.epochs.set(base, epoch);
    const guard = (): void => {
      const found = this.#state.epochs.get(base) ?? "";
      if (found !== epoch) throw new StateLostError(this.name, epoch, found);
    };
    const drop = async (): Promise<void> =>
      this.#state.forget(base, new StateLostError(this.name, epoch, ""));
    const liveness = this.#liveness(base, epoch, guard);
    const atoms = this.#atoms(guard);
    return bindNamespace({ store: this, scope, atoms, liveness, sessionTtlMs, drop });
  }

  /** Forgets everything, as a Redis that restarts without persistence: every wait rejects with `state-lost`. */
  loseState(): void {
    for (const [base, epoch] of [...this.#state.epochs]) {
      this.#state.forget(base, new StateLostError(this.name, epoch, ""));
    }
  }

  /**
   * Gives up on a session, as Redis does when a process dies. Nothing else but its own end ends one here: all live in
   * this process, and with it.
   */
  expire(sessionId: string): void {
    const lost = new SessionLostError(this.name, sessionId, "the store has given up on it");
    this.#state.claims.end(sessionId, lost);
  }

  /** Ends the leases that have run out by the clock it was given. In real time it does so by itself. */
  elapse(): void {
    this.#state.claims.elapse();
  }

  status(wait?: Wait): AsyncIterable<StoreStatus> {
    return this.#status.follow(wait);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#state.grown.delete(this.#advance);
    this.#state.forgotten.delete(this.#forget);
    const closed = new SyncError("closed", `${this.name} was closed`);
    this.#thresholds.rejectAll(closed);
    for (const session of [...this.#sessions]) this.#state.claims.end(session, closed);
    this.#status.report("closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new SyncError("closed", `${this.name} was closed`);
  }

  #liveness(base: string, epoch: string, guardEpoch: () => void): Liveness {
    const guard = (): void => {
      this.#checkOpen();
      guardEpoch();
    };
    const state = this.#state.claims;
    return {
      sessions: reportingLosses(
        memorySessions({ state, base, guard, open: this.#sessions }),
        this.#lost,
      ),
      claims: new MemoryClaims({ state, store: this.name, epoch, guard }),
      groups: memoryGroups({
        state: this.#state.groups,
        store: this.name,
        thresholds: this.#thresholds,
        isLive: (session) => state.isLive(session),
        guard,
      }),
    };
  }

  #atoms(guardEpoch: () => void): Atoms<string, string> {
    const guard = (): void => {
      this.#checkOpen();
      guardEpoch();
    };
    return {
      counters: memoryCounters(this.#state.counters, this.#thresholds, guard),
      logs: this.#logs(guard),
      records: this.#records(guard),
      registers: memoryRegisters(this.#state.registers, this.#thresholds, guard),
      rates: memoryRates(this.#state.rates, guard),
      queues: memoryQueues(this.#state.queues, this.#thresholds, guard),
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
      append: async (key, json, mutation) => {
        guard();
        return state.append(key, json, mutation);
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
