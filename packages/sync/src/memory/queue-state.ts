import { shapeMismatch } from "../atoms/queue-errors.ts";
import type { QueueShape } from "../atoms/queues.ts";
import { auxiliaryKey } from "../keys.ts";
import { ItemQueue } from "./item-queue.ts";

/** The queues of all runs by full key. */
export class QueueState {
  readonly #queues = new Map<string, ItemQueue>();
  readonly #now: () => number;
  readonly #grown: (key: string, value: number) => void;

  constructor(now: () => number, grown: (key: string, value: number) => void) {
    this.#now = now;
    this.#grown = grown;
  }

  /** Throws if another shape was declared. */
  shaped(key: string, shape: QueueShape): ItemQueue {
    const queue = this.queue(key);
    const declared = queue.declare(shape);
    const { capacity, maxDeliveries } = declared;
    if (capacity === shape.capacity && maxDeliveries === shape.maxDeliveries) return queue;
    throw shapeMismatch(key, declared, shape);
  }

  /** Makes it if need be. */
  queue(key: string): ItemQueue {
    const there = this.#queues.get(key);
    if (there !== undefined) return there;
    const changed = (what: "items" | "space", changes: number): void =>
      this.#grown(changesKey(key, what), changes);
    const made = new ItemQueue({ key, now: this.#now, changed });
    this.#queues.set(key, made);
    return made;
  }

  changes(key: string, what: "items" | "space"): number {
    return this.#queues.get(key)?.changes(what) ?? 0;
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#queues.keys()]) if (concerns(key)) this.#queues.delete(key);
  }
}

/** Where changes of the queue are counted. */
export function changesKey(key: string, what: "items" | "space"): string {
  return what === "items" ? key : auxiliaryKey("spc", key);
}
