import type { Wait } from "../wait.ts";
import type { Mutation } from "./store.ts";

/** What everybody who uses a queue must agree on: the first use declares it, another rejects with `mismatch`. */
export interface QueueShape {
  /** How many items it takes, those in hand included; 0: any number. */
  readonly capacity: number;
  /** How often an item is handed out before it becomes a dead letter; 0: any number of times. */
  readonly maxDeliveries: number;
}

export interface QueuePut extends Mutation {
  readonly shape: QueueShape;
  /** Another item with it is not taken while this one is in the queue, in hand or a dead letter. */
  readonly id: string;
  readonly json: string;
  /** Larger goes first. */
  readonly priority: number;
  /** Milliseconds until it may be handed out. */
  readonly delayMs: number;
}

/** What became of a put; of one that found the queue full, after which change of the space to try again. */
export type PutOutcome =
  | { readonly type: "added" }
  | { readonly type: "known" }
  | { readonly type: "full"; readonly changes: number };

export interface QueueTake extends Mutation {
  readonly shape: QueueShape;
  /** How many items at most, 100 at most. */
  readonly most: number;
  /** Milliseconds for which they are the taker's; extended or settled by then, or handed out again. */
  readonly leaseMs: number;
}

export interface QueuedItem {
  readonly id: string;
  readonly json: string;
  /** Greater than that of every delivery of the queue before it. */
  readonly token: number;
  /** How often it was handed out, this time included. */
  readonly deliveries: number;
}

export interface Taken {
  /** Fewer than wanted if there are no more, or if they are large. */
  readonly items: readonly QueuedItem[];
  /** After which change of the items to look again. */
  readonly changes: number;
  /** Milliseconds until one becomes due or its lease runs out; `undefined` if there is none. */
  readonly nextMs: number | undefined;
}

/**
 * What becomes of a delivered item: `done`, it is gone; `retry`, it is handed out again, to the dead letters if it was so
 * often enough; `untouched`, the same, as if it had not been handed out; `dead`, it becomes a dead letter.
 */
export type Settlement = "done" | "retry" | "untouched" | "dead";

export interface QueueSettle extends Mutation {
  readonly shape: QueueShape;
  readonly id: string;
  readonly token: number;
  readonly as: Settlement;
  /** Milliseconds until it may be handed out again; it keeps its place among the others. */
  readonly delayMs: number;
}

export interface QueueExtend extends Wait {
  readonly shape: QueueShape;
  readonly items: readonly { readonly id: string; readonly token: number }[];
  readonly leaseMs: number;
}

export interface QueueRemove extends Mutation {
  readonly id: string;
}

/** How many items a queue has, by what they wait for. */
export interface QueueView {
  /** To be handed out now. */
  readonly ready: number;
  /** Not due yet. */
  readonly delayed: number;
  readonly taken: number;
  readonly dead: number;
}

/** Items that wait to be worked on: each is handed out with a lease, until somebody says that it is done. */
export interface Queues {
  put(name: string, put: QueuePut): Promise<PutOutcome>;
  take(name: string, take: QueueTake): Promise<Taken>;
  /** False, and nothing changes, if the item is no longer the taker's. */
  settle(name: string, settle: QueueSettle): Promise<boolean>;
  /** Starts the leases anew; false for each item that is no longer the taker's. Up to 1,000. */
  extend(name: string, extend: QueueExtend): Promise<readonly boolean[]>;
  /** Removes an item that nobody has in hand. */
  remove(name: string, remove: QueueRemove): Promise<boolean>;
  /** Resolves after that change: `items` when one may have become due, `space` when there may be room for one. */
  changed(name: string, what: "items" | "space", after: number, wait?: Wait): Promise<void>;
  inspect(name: string, wait?: Wait): Promise<QueueView>;
  /** The first 100 dead letters, oldest first. */
  deadLetters(name: string, wait?: Wait): Promise<readonly Omit<QueuedItem, "token">[]>;
}
