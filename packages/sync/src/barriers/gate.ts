import type { CounterKey, Namespace } from "../atoms/store.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/**
 * Lets everybody pass while it is open, and holds them up while it is closed. A gate that was never closed is open.
 *
 * Guarantee: who waits passes once the gate is open, or was for any moment since the wait began, however soon it was
 * closed again, and whether or not this process could hear of it then.
 * Crash: a gate stays as it was left; closed by a process that died, it is for another to open.
 * Cost: closing and opening one exchange each, a wait two and one announcement per opening, however many wait.
 *
 * A counter whose parity is the state, as in a seqlock: even is open. Curator's DistributedBarrier, without missing a
 * gate that was opened for a moment only.
 */
export class Gate {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #key: CounterKey;

  constructor(namespace: Namespace, name: string) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#key = { kind: "own", name: `gate:${name}` };
  }

  /** Closes it, if it is open. */
  async close(wait: Wait = {}): Promise<void> {
    await this.#waits.write(wait, (m) =>
      this.#namespace.counters.add(this.#key, { ...m, onlyIf: "even" }),
    );
  }

  /** Opens it, if it is closed: everybody that waits passes. */
  async open(wait: Wait = {}): Promise<void> {
    await this.#waits.write(wait, (m) =>
      this.#namespace.counters.add(this.#key, { ...m, onlyIf: "odd" }),
    );
  }

  async isOpen(wait: Wait = {}): Promise<boolean> {
    const count = await this.#waits.wait(wait, (w) => this.#namespace.counters.read(this.#key, w));
    return count % 2 === 0;
  }

  /** Resolves once it is open, at once if it is. Rejects with a `SyncError` `timeout`. */
  async wait(wait: Wait = {}): Promise<void> {
    const began = performance.now();
    const { counters } = this.#namespace;
    await this.#waits.wait(wait, async (w) => {
      const count = await counters.read(this.#key, w);
      if (count % 2 === 1) await counters.reach(this.#key, count + 1, remaining(w, began));
    });
  }
}
