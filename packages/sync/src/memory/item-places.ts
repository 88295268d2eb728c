import { MOVED_AT_ONCE, TAKEN_BYTES } from "../atoms/queue-limits.ts";
import type { QueuedItem, QueueView } from "../atoms/queues.ts";
import { ScoredSet } from "./scored-set.ts";

export interface Item {
  readonly id: string;
  readonly json: string;
  readonly order: number;
  deliveries: number;
  /** Of the delivery that has it in hand; 0 if none has. */
  token: number;
}

export type Delivery = Pick<Item, "id" | "token">;

export interface ItemPlacesOptions {
  readonly now: () => number;
  /** Called after each change, with how many there have been. */
  readonly changed: (what: "items" | "space", changes: number) => void;
}

/** The items of one queue, and where each of them is: ready, delayed, in hand or dead. */
export class ItemPlaces {
  /** How often an item is handed out; 0: any number of times. */
  maxDeliveries = 0;
  readonly #now: () => number;
  readonly #changed: ItemPlacesOptions["changed"];
  readonly #changes = { items: 0, space: 0 };
  readonly #items = new Map<string, Item>();
  /** By order. */
  readonly #ready = new ScoredSet();
  /** By the time at which they are due. */
  readonly #due = new ScoredSet();
  /** By the time at which their lease runs out. */
  readonly #held = new ScoredSet();
  /** By the time of the last delivery. */
  readonly #dead = new ScoredSet();
  #tokens = 0;

  constructor({ now, changed }: ItemPlacesOptions) {
    this.#now = now;
    this.#changed = changed;
  }

  /** How many take up room. */
  get size(): number {
    return this.#items.size - this.#dead.size;
  }

  get(id: string): Item | undefined {
    return this.#items.get(id);
  }

  add(item: Item, delayMs: number): void {
    this.#items.set(item.id, item);
    this.#await(item, delayMs);
  }

  /** Those that have become due are ready, and those whose lease ran out are given back. */
  elapse(): void {
    const now = this.#now();
    for (const id of this.#due.upTo(now, MOVED_AT_ONCE)) {
      this.#due.delete(id);
      this.#ready.add(id, this.#items.get(id)?.order ?? 0);
    }
    for (const id of this.#held.upTo(now, MOVED_AT_ONCE)) {
      this.#held.delete(id);
      const item = this.#items.get(id);
      if (item !== undefined) this.giveBack(item, 0);
    }
  }

  deliver(most: number, leaseMs: number): readonly Delivery[] {
    let bytes = 0;
    return this.#ready.upTo(Number.POSITIVE_INFINITY, most).flatMap((id) => {
      const item = this.#items.get(id);
      if (item === undefined || bytes >= TAKEN_BYTES) return [];
      bytes += item.json.length;
      item.token = ++this.#tokens;
      item.deliveries++;
      this.#ready.delete(id);
      this.hold(id, leaseMs);
      return { id, token: item.token };
    });
  }

  /** Its lease begins anew. */
  hold(id: string, leaseMs: number): void {
    this.#held.add(id, this.#now() + leaseMs);
  }

  /** Out of the hands of who had it; for whoever calls to say where it goes. */
  drop(item: Item): void {
    this.#held.delete(item.id);
    item.token = 0;
  }

  giveBack(item: Item, delayMs: number): void {
    item.token = 0;
    if (this.maxDeliveries > 0 && item.deliveries >= this.maxDeliveries) this.bury(item);
    else this.#await(item, delayMs);
  }

  bury({ id }: Item): void {
    this.#dead.add(id, this.#now());
    this.#change("space");
  }

  remove({ id }: Item): void {
    this.#ready.delete(id);
    this.#due.delete(id);
    const wasDead = this.#dead.delete(id);
    this.#items.delete(id);
    if (!wasDead) this.#change("space");
  }

  changes(what: "items" | "space"): number {
    return this.#changes[what];
  }

  view(): QueueView {
    return {
      ready: this.#ready.size,
      delayed: this.#due.size,
      taken: this.#held.size,
      dead: this.#dead.size,
    };
  }

  deadLetters(): readonly Omit<QueuedItem, "token">[] {
    return this.#dead.upTo(Number.POSITIVE_INFINITY, 100).flatMap((id) => {
      const item = this.#items.get(id);
      return item === undefined ? [] : [{ id, json: item.json, deliveries: item.deliveries }];
    });
  }

  /** Until there may be something to deliver. */
  nextMs(): number | undefined {
    if (this.#ready.size > 0) return 0;
    const times = [this.#due.first, this.#held.first].flatMap((first) => first?.score ?? []);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#now());
  }

  #await({ id, order }: Item, delayMs: number): void {
    if (delayMs > 0) this.#due.add(id, this.#now() + delayMs);
    else this.#ready.add(id, order);
    this.#change("items");
  }

  #change(what: "items" | "space"): void {
    this.#changed(what, ++this.#changes[what]);
  }
}
