import { shapeMismatch } from "../atoms/queue-errors.ts";
import { MOVED_AT_ONCE, PRIORITY_STEP, TAKEN_BYTES } from "../atoms/queue-limits.ts";
import type {
  PutOutcome,
  QueuedItem,
  QueueExtend,
  QueuePut,
  QueueRemove,
  QueueSettle,
  QueueShape,
  QueueTake,
  QueueView,
  Taken,
} from "../atoms/queues.ts";
import { auxiliaryKey } from "../keys.ts";
import { ScoredSet } from "./scored-set.ts";

interface Item {
  readonly id: string;
  readonly json: string;
  readonly order: number;
  deliveries: number;
  /** Of the delivery that has it in hand; 0 if none has. */
  token: number;
}

type Answer = PutOutcome | boolean | readonly { readonly id: string; readonly token: number }[];

interface Queue {
  shape: QueueShape | undefined;
  seq: number;
  tokens: number;
  readonly changes: { items: number; space: number };
  readonly items: Map<string, Item>;
  readonly answers: Map<string, Answer>;
  /** By order. */
  readonly ready: ScoredSet;
  /** By the time at which they are due. */
  readonly due: ScoredSet;
  /** By the time at which their lease runs out. */
  readonly held: ScoredSet;
  /** By the time of the last delivery. */
  readonly dead: ScoredSet;
}

/** The queues of all runs by full key. */
export class QueueState {
  readonly #queues = new Map<string, Queue>();
  readonly #now: () => number;
  readonly #grown: (key: string, value: number) => void;

  constructor(now: () => number, grown: (key: string, value: number) => void) {
    this.#now = now;
    this.#grown = grown;
  }

  put(key: string, put: QueuePut): PutOutcome {
    const queue = this.#shaped(key, put.shape);
    const { id, json, requestId } = put;
    const before = queue.answers.get(requestId);
    if (before !== undefined) return before as PutOutcome;
    if (queue.items.has(id)) return answer(queue, requestId, { type: "known" });
    const { capacity } = put.shape;
    if (capacity > 0 && queue.items.size - queue.dead.size >= capacity) {
      return { type: "full", changes: queue.changes.space };
    }
    const order = ++queue.seq - put.priority * PRIORITY_STEP;
    const item = { id, json, order, deliveries: 0, token: 0 };
    queue.items.set(id, item);
    this.#await(key, queue, item, put.delayMs);
    return answer(queue, requestId, { type: "added" });
  }

  take(key: string, { shape, most, leaseMs, requestId }: QueueTake): Taken {
    const queue = this.#shaped(key, shape);
    this.#elapse(key, queue);
    const before = queue.answers.get(requestId);
    const deliveries =
      before === undefined
        ? answer(queue, requestId, this.#deliver(queue, most, leaseMs))
        : (before as readonly { id: string; token: number }[]);
    const items = deliveries.flatMap(({ id, token }): readonly QueuedItem[] => {
      const item = queue.items.get(id);
      return item?.token === token
        ? [{ id, token, json: item.json, deliveries: item.deliveries }]
        : [];
    });
    return { items, changes: queue.changes.items, nextMs: this.#nextMs(queue) };
  }

  settle(key: string, { shape, id, token, as, delayMs, requestId }: QueueSettle): boolean {
    const queue = this.#shaped(key, shape);
    this.#elapse(key, queue);
    const before = queue.answers.get(requestId);
    if (before !== undefined) return before as boolean;
    const item = queue.items.get(id);
    if (item === undefined || item.token !== token) return answer(queue, requestId, false);
    queue.held.delete(id);
    item.token = 0;
    if (as === "untouched") item.deliveries--;
    if (as === "done") this.#forgetItem(key, queue, id);
    else if (as === "dead") this.#bury(key, queue, item);
    else this.#giveBack(key, queue, item, delayMs);
    return answer(queue, requestId, true);
  }

  extend(key: string, { shape, items, leaseMs }: QueueExtend): readonly boolean[] {
    const queue = this.#shaped(key, shape);
    this.#elapse(key, queue);
    return items.map(({ id, token }) => {
      if (queue.items.get(id)?.token !== token) return false;
      queue.held.add(id, this.#now() + leaseMs);
      return true;
    });
  }

  remove(key: string, { id, requestId }: QueueRemove): boolean {
    const queue = this.#queueOf(key);
    this.#elapse(key, queue);
    const before = queue.answers.get(requestId);
    if (before !== undefined) return before as boolean;
    const item = queue.items.get(id);
    if (item === undefined || item.token !== 0) return answer(queue, requestId, false);
    queue.ready.delete(id);
    queue.due.delete(id);
    const wasDead = queue.dead.delete(id);
    queue.items.delete(id);
    if (!wasDead) this.#change(key, queue, "space");
    return answer(queue, requestId, true);
  }

  changes(key: string, what: "items" | "space"): number {
    return this.#queues.get(key)?.changes[what] ?? 0;
  }

  view(key: string): QueueView {
    const queue = this.#queueOf(key);
    this.#elapse(key, queue);
    const { ready, due, held, dead } = queue;
    return { ready: ready.size, delayed: due.size, taken: held.size, dead: dead.size };
  }

  deadLetters(key: string): readonly Omit<QueuedItem, "token">[] {
    const queue = this.#queueOf(key);
    return queue.dead.upTo(Number.POSITIVE_INFINITY, 100).flatMap((id) => {
      const item = queue.items.get(id);
      return item === undefined ? [] : [{ id, json: item.json, deliveries: item.deliveries }];
    });
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#queues.keys()]) if (concerns(key)) this.#queues.delete(key);
  }

  #shaped(key: string, shape: QueueShape): Queue {
    const queue = this.#queueOf(key);
    queue.shape ??= { capacity: shape.capacity, maxDeliveries: shape.maxDeliveries };
    const { capacity, maxDeliveries } = queue.shape;
    if (capacity === shape.capacity && maxDeliveries === shape.maxDeliveries) return queue;
    throw shapeMismatch(key, queue.shape, shape);
  }

  #queueOf(key: string): Queue {
    const there = this.#queues.get(key);
    if (there !== undefined) return there;
    const made: Queue = {
      shape: undefined,
      seq: 0,
      tokens: 0,
      changes: { items: 0, space: 0 },
      items: new Map(),
      answers: new Map(),
      ready: new ScoredSet(),
      due: new ScoredSet(),
      held: new ScoredSet(),
      dead: new ScoredSet(),
    };
    this.#queues.set(key, made);
    return made;
  }

  /** Those that have become due are ready, and those whose lease ran out are given back. */
  #elapse(key: string, queue: Queue): void {
    const now = this.#now();
    for (const id of queue.due.upTo(now, MOVED_AT_ONCE)) {
      queue.due.delete(id);
      queue.ready.add(id, queue.items.get(id)?.order ?? 0);
    }
    for (const id of queue.held.upTo(now, MOVED_AT_ONCE)) {
      queue.held.delete(id);
      const item = queue.items.get(id);
      if (item !== undefined) this.#giveBack(key, queue, item, 0);
    }
  }

  #deliver(queue: Queue, most: number, leaseMs: number): readonly { id: string; token: number }[] {
    let bytes = 0;
    return queue.ready.upTo(Number.POSITIVE_INFINITY, most).flatMap((id) => {
      const item = queue.items.get(id);
      if (item === undefined || bytes >= TAKEN_BYTES) return [];
      bytes += item.json.length;
      item.token = ++queue.tokens;
      item.deliveries++;
      queue.ready.delete(id);
      queue.held.add(id, this.#now() + leaseMs);
      return { id, token: item.token };
    });
  }

  #giveBack(key: string, queue: Queue, item: Item, delayMs: number): void {
    item.token = 0;
    const { maxDeliveries = 0 } = queue.shape ?? {};
    if (maxDeliveries > 0 && item.deliveries >= maxDeliveries) this.#bury(key, queue, item);
    else this.#await(key, queue, item, delayMs);
  }

  #await(key: string, queue: Queue, { id, order }: Item, delayMs: number): void {
    if (delayMs > 0) queue.due.add(id, this.#now() + delayMs);
    else queue.ready.add(id, order);
    this.#change(key, queue, "items");
  }

  #bury(key: string, queue: Queue, { id }: Item): void {
    queue.dead.add(id, this.#now());
    this.#change(key, queue, "space");
  }

  #forgetItem(key: string, queue: Queue, id: string): void {
    queue.items.delete(id);
    this.#change(key, queue, "space");
  }

  #change(key: string, queue: Queue, what: "items" | "space"): void {
    this.#grown(changesKey(key, what), ++queue.changes[what]);
  }

  #nextMs({ due, held, ready }: Queue): number | undefined {
    if (ready.size > 0) return 0;
    const times = [due.first, held.first].flatMap((first) => first?.score ?? []);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#now());
  }
}

/** Where changes of the queue are counted. */
export function changesKey(key: string, what: "items" | "space"): string {
  return what === "items" ? key : auxiliaryKey("spc", key);
}

function answer<A extends Answer>(queue: Queue, requestId: string, given: A): A {
  queue.answers.set(requestId, given);
  return given;
}
