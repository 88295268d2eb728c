import type { QueuedItem, QueueShape, Settlement } from "../atoms/queues.ts";
import type { Namespace } from "../atoms/store.ts";
import type { Wait } from "../wait.ts";
import type { ItemHold } from "./item-leases.ts";

export interface RetryOptions extends Wait {
  /** Milliseconds until it is handed out again; at once unless given. */
  readonly delayMs?: number | undefined;
}

export interface ItemOrigin<T> {
  readonly namespace: Namespace;
  readonly queue: string;
  readonly shape: QueueShape;
  readonly item: QueuedItem;
  readonly value: T;
  readonly hold: ItemHold;
}

/**
 * An item in hand: nobody else has it until it is settled, or lost. Left unsettled at the end of an `await using`, it is
 * handed out again.
 */
export class QueueItem<T> implements AsyncDisposable {
  readonly value: T;
  readonly #origin: ItemOrigin<T>;
  /** Made when it is first needed, and the same however often it is tried. */
  #settleId: string | undefined;
  #settling: Promise<boolean> | undefined;

  constructor(origin: ItemOrigin<T>) {
    this.value = origin.value;
    this.#origin = origin;
  }

  get id(): string {
    return this.#origin.item.id;
  }

  /** How often it was handed out, this time included. */
  get deliveries(): number {
    return this.#origin.item.deliveries;
  }

  /** Fencing token: greater than that of every delivery of the queue before it. */
  get token(): number {
    return this.#origin.item.token;
  }

  /** Aborts when it can no longer be proven that nobody else has it. Pass it into the work. */
  get lost(): AbortSignal {
    return this.#origin.hold.lost;
  }

  /** It is done, and leaves the queue. True for the call that settled it; false if it was settled or lost before. */
  ack(wait: Wait = {}): Promise<boolean> {
    return this.#settle("done", wait);
  }

  /** It is handed out again, at its old place; if it was so often enough, it becomes a dead letter. Else as {@link ack}. */
  nack(options: RetryOptions = {}): Promise<boolean> {
    return this.#settle("retry", options);
  }

  /** It becomes a dead letter. Else as {@link ack}. */
  bury(wait: Wait = {}): Promise<boolean> {
    return this.#settle("dead", wait);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settling === undefined) await this.nack();
  }

  async #settle(as: Settlement, { delayMs = 0, ...wait }: RetryOptions): Promise<boolean> {
    if (this.#settling !== undefined) {
      await this.#settling;
      return false;
    }
    const { namespace, queue, shape, item, hold } = this.#origin;
    // Before it is sent: its lease must not be renewed any more.
    hold.end();
    this.#settleId ??= namespace.requestId();
    const settling = namespace.queues.settle(queue, {
      ...wait,
      requestId: this.#settleId,
      shape,
      id: item.id,
      token: item.token,
      as,
      delayMs,
    });
    this.#settling = settling;
    try {
      return await settling;
    } catch (error) {
      this.#settling = undefined;
      throw error;
    }
  }
}
