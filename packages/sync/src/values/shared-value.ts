import type { z } from "zod";
import type { Follow, Namespace, Versioned } from "../atoms/store.ts";
import { SyncError, VersionConflictError } from "../error.ts";
import { decodeValue, encodeValue } from "../payload.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/** A value, and the how manieth of its name it is. */
export interface VersionedValue<T> {
  readonly value: T;
  /** 1 for the first that was set, one more with each. */
  readonly version: number;
}

export interface SetOptions extends Wait {
  /** Sets it only over this version; 0: only the first time. Over any unless given. */
  readonly ifVersion?: number | undefined;
}

/**
 * One JSON value that every process of the run reads, sets and watches.
 *
 * Guarantee: sets are versions, one after another; over a version only one succeeds, also when its answer was lost.
 * A watcher may miss versions between two looks, never the last, and never goes back to an older one.
 * Crash: the value stays. A watcher whose connection was lost goes on from what it saw.
 * Cost: one exchange a read or set; a change is announced once a process, which then reads it once for all its watchers.
 *
 * A versioned register: Curator's SharedValue, etcd's compare-and-swap on a revision.
 */
export class SharedValue<T> {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #title: string;
  readonly #name: string;
  readonly #schema: z.ZodType<T> | undefined;

  /** With a schema, values are checked when they are set and when they are read. */
  constructor(namespace: Namespace, name: string, schema?: z.ZodType<T>) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#title = `value "${name}"`;
    this.#name = `value:${name}`;
    this.#schema = schema;
  }

  /** `undefined` if it was never set. */
  async get(wait: Wait = {}): Promise<VersionedValue<T> | undefined> {
    const held = await this.#waits.wait(wait, (w) => this.#namespace.registers.read(this.#name, w));
    return held === undefined ? undefined : this.#decode(held);
  }

  /**
   * Sets it; resolves with its version. Rejects with a `VersionConflictError` when `ifVersion` is not in force, and with
   * a `SyncError` `invalid-payload` for what is not JSON or not of the schema.
   */
  async set(value: T, options: SetOptions = {}): Promise<number> {
    const json = encodeValue(this.#title, value, this.#schema);
    const { version } = await this.#waits.write(options, (w) =>
      this.#namespace.registers.write(this.#name, json, w),
    );
    return version;
  }

  /**
   * Sets it to what `change` makes of the value in force, `undefined` the first time; resolves with what was set. Called
   * again whenever another process was faster, so it should do nothing but compute.
   */
  async update(change: (value: T | undefined) => T, wait: Wait = {}): Promise<VersionedValue<T>> {
    const began = performance.now();
    let held = await this.get(wait);
    for (;;) {
      const value = change(held?.value);
      const options = { ...remaining(wait, began), ifVersion: held?.version ?? 0 };
      try {
        return { value, version: await this.set(value, options) };
      } catch (error) {
        if (!(error instanceof VersionConflictError)) throw error;
        const { version, json } = error;
        held = json === undefined ? undefined : this.#decode({ version, json });
      }
    }
  }

  /** The value, from the first version after `after` on, then every change. `timeoutMs` is the longest wait for the next. */
  async *watch(follow: Follow = {}): AsyncGenerator<VersionedValue<T>, void, void> {
    const versions = this.#waits.follow(follow, (f) =>
      this.#namespace.registers.watch(this.#name, f),
    );
    for await (const held of versions) yield this.#decode(held);
  }

  /** Resolves with the first value seen of which `isWanted` holds. Rejects with a `SyncError` `timeout`. */
  async waitUntil(isWanted: (value: T) => boolean, wait: Wait = {}): Promise<VersionedValue<T>> {
    const began = performance.now();
    for (let after = 0; ; ) {
      const next = await this.#next(after, remaining(wait, began), wait.timeoutMs);
      if (isWanted(next.value)) return next;
      after = next.version;
    }
  }

  async #next(after: number, wait: Wait, givenMs?: number): Promise<VersionedValue<T>> {
    try {
      for await (const next of this.watch({ ...wait, after })) return next;
    } catch (error) {
      if (!(error instanceof SyncError && error.code === "timeout")) throw error;
      const message = `${this.#title}: version ${after} is the last within ${givenMs} ms, and not the one awaited`;
      throw new SyncError("timeout", message, { cause: error });
    }
    throw new SyncError("closed", `${this.#title}: nothing is heard of it any more`);
  }

  #decode({ json, version }: Versioned): VersionedValue<T> {
    const value = decodeValue(`${this.#title}, version ${version}`, json, this.#schema);
    return { value, version };
  }
}
