import type { Namespace, Versioned } from "../atoms/store.ts";
import { SyncError, VersionConflictError } from "../error.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/**
 * A whole number within ±(2^53 - 1), which every process of the run reads and changes. 0 until it is changed.
 *
 * Guarantee: additions are exact under any contention and count once, also when their answer was lost; one that would
 * leave the range is refused with `range` and changes nothing.
 * Crash: the number stays.
 * Cost: one exchange an operation, two or more for {@link AtomicLong.compareAndSet}.
 *
 * A versioned register. Redisson's RAtomicLong, whose increments count twice when a reply is lost.
 */
export class AtomicLong {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #title: string;
  readonly #name: string;

  constructor(namespace: Namespace, name: string) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#title = `number "${name}"`;
    this.#name = `number:${name}`;
  }

  async get(wait: Wait = {}): Promise<number> {
    return this.#numberIn(await this.#read(wait)) ?? 0;
  }

  /** Adds `by`, which may be negative; resolves with the sum. */
  add(by: number, wait: Wait = {}): Promise<number> {
    return this.#waits.write(wait, (m) => this.#namespace.registers.add(this.#name, by, m));
  }

  increment(wait: Wait = {}): Promise<number> {
    return this.add(1, wait);
  }

  decrement(wait: Wait = {}): Promise<number> {
    return this.add(-1, wait);
  }

  async set(value: number, wait: Wait = {}): Promise<void> {
    await this.#write(value, wait);
  }

  /** Sets it if it is `expected`; resolves with whether it was. Fails on a number that was never changed. */
  async compareAndSet(expected: number, value: number, wait: Wait = {}): Promise<boolean> {
    const began = performance.now();
    let held = await this.#read(wait);
    while (held !== undefined && this.#numberIn(held) === expected) {
      try {
        await this.#write(value, remaining(wait, began), held.version);
        return true;
      } catch (error) {
        if (!(error instanceof VersionConflictError) || error.json === undefined) throw error;
        held = { version: error.version, json: error.json };
      }
    }
    return false;
  }

  #read(wait: Wait): Promise<Versioned | undefined> {
    return this.#waits.wait(wait, (w) => this.#namespace.registers.read(this.#name, w));
  }

  async #write(value: number, wait: Wait, ifVersion?: number): Promise<void> {
    if (!Number.isSafeInteger(value)) {
      throw new SyncError("range", `${this.#title}: ${value} is no whole number within 2^53 - 1`);
    }
    await this.#waits.write({ ...wait, ifVersion }, (w) =>
      this.#namespace.registers.write(this.#name, `${value}`, w),
    );
  }

  #numberIn(held: Versioned | undefined): number | undefined {
    if (held === undefined) return undefined;
    const value = Number(held.json);
    if (Number.isSafeInteger(value)) return value;
    throw new SyncError("mismatch", `${this.#title} holds ${held.json.slice(0, 40)}`);
  }
}
