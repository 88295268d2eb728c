import { PRIORITY_STEP } from "../atoms/queue-limits.ts";
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
import { Answers } from "./answers.ts";
import { type Delivery, type Item, ItemPlaces, type ItemPlacesOptions } from "./item-places.ts";

type Answer =
  | { readonly type: "put"; readonly outcome: PutOutcome }
  | { readonly type: "taken"; readonly deliveries: readonly Delivery[] }
  | { readonly type: "done"; readonly wasMine: boolean };

interface ItemQueueOptions extends ItemPlacesOptions {
  readonly key: string;
}

/** One queue, as it answers requests: each once, however often it is repeated. */
export class ItemQueue {
  /** What the first use declared. */
  #shape: QueueShape | undefined;
  readonly #places: ItemPlaces;
  readonly #answers: Answers<Answer>;
  #seq = 0;

  constructor({ key, ...places }: ItemQueueOptions) {
    this.#places = new ItemPlaces(places);
    this.#answers = new Answers(key);
  }

  /** What was declared before, or is now. */
  declare({ capacity, maxDeliveries }: QueueShape): QueueShape {
    this.#shape ??= { capacity, maxDeliveries };
    this.#places.maxDeliveries = this.#shape.maxDeliveries;
    return this.#shape;
  }

  put(put: QueuePut): PutOutcome {
    const before = this.#answers.before(put);
    if (before?.type === "put") return before.outcome;
    const outcome = this.#put(put);
    // One that found no room is tried again.
    if (outcome.type !== "full") this.#answers.give(put.requestId, { type: "put", outcome });
    return outcome;
  }

  take(take: QueueTake): Taken {
    this.#places.elapse();
    const before = this.#answers.before(take);
    const deliveries =
      before?.type === "taken" ? before.deliveries : this.#places.deliver(take.most, take.leaseMs);
    this.#answers.give(take.requestId, { type: "taken", deliveries });
    const items = deliveries.flatMap(({ id, token }): readonly QueuedItem[] => {
      const item = this.#places.get(id);
      return item?.token === token
        ? [{ id, token, json: item.json, deliveries: item.deliveries }]
        : [];
    });
    return { items, changes: this.changes("items"), nextMs: this.#places.nextMs() };
  }

  settle(settle: QueueSettle): boolean {
    this.#places.elapse();
    return this.#once(settle, () => {
      const item = this.#places.get(settle.id);
      if (item === undefined || item.token !== settle.token) return false;
      this.#places.drop(item);
      this.#settle(item, settle);
      return true;
    });
  }

  extend({ items, leaseMs }: QueueExtend): readonly boolean[] {
    this.#places.elapse();
    return items.map(({ id, token }) => {
      if (this.#places.get(id)?.token !== token) return false;
      this.#places.hold(id, leaseMs);
      return true;
    });
  }

  remove(remove: QueueRemove): boolean {
    this.#places.elapse();
    return this.#once(remove, () => {
      const item = this.#places.get(remove.id);
      if (item === undefined || item.token !== 0) return false;
      this.#places.remove(item);
      return true;
    });
  }

  changes(what: "items" | "space"): number {
    return this.#places.changes(what);
  }

  view(): QueueView {
    this.#places.elapse();
    return this.#places.view();
  }

  deadLetters(): readonly Omit<QueuedItem, "token">[] {
    return this.#places.deadLetters();
  }

  #put({ id, json, shape, priority, delayMs }: QueuePut): PutOutcome {
    if (this.#places.get(id) !== undefined) return { type: "known" };
    if (shape.capacity > 0 && this.#places.size >= shape.capacity) {
      return { type: "full", changes: this.changes("space") };
    }
    const order = ++this.#seq - priority * PRIORITY_STEP;
    this.#places.add({ id, json, order, deliveries: 0, token: 0 }, delayMs);
    return { type: "added" };
  }

  #settle(item: Item, { as, delayMs }: QueueSettle): void {
    if (as === "untouched") item.deliveries--;
    if (as === "done") this.#places.remove(item);
    else if (as === "dead") this.#places.bury(item);
    else this.#places.giveBack(item, delayMs);
  }

  #once(request: QueueSettle | QueueRemove, work: () => boolean): boolean {
    const before = this.#answers.before(request);
    if (before?.type === "done") return before.wasMine;
    const wasMine = work();
    this.#answers.give(request.requestId, { type: "done", wasMine });
    return wasMine;
  }
}
