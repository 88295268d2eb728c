import type { z } from "zod";
import type { QueuedItem, QueueShape, QueueView } from "../atoms/queues.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { linkSignals, onAbort } from "../on-abort.ts";
import { decodeValue, encodeValue } from "../payload.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { ItemLeases } from "./item-leases.ts";
import { ItemPutters } from "./item-putters.ts";
import { type Delivery, ItemTakers } from "./item-takers.ts";
import { QueueItem } from "./queue-item.ts";

export interface WorkQueueOptions<T> {
  /** Checked when an item is put and when it is taken. */
  readonly schema?: z.ZodType<T> | undefined;
  /** How many items it takes, those in hand included, until putting waits; any number unless given. */
  readonly capacity?: number | undefined;
  /** How often an item is handed out before it becomes a dead letter; any number of times unless given. */
  readonly maxDeliveries?: number | undefined;
  /** Milliseconds after which an item of a process that is not heard of is handed out again; 15,000 unless given. */
  readonly leaseMs?: number | undefined;
}

export interface PutOptions extends Wait {
  /** Puts it once only: not again while an item with that id is queued, in hand or a dead letter. A fresh one unless given. */
  readonly id?: string | undefined;
  /** Milliseconds until it may be handed out; at once unless given. */
  readonly delayMs?: number | undefined;
  /** From -1,000 to 1,000; items of a larger one go first. 0 unless given. */
  readonly priority?: number | undefined;
}

export interface ConsumeOptions extends Wait {
  /** How many items are worked on at a time; 1 unless given. */
  readonly concurrency?: number | undefined;
  /** What becomes of an item on which the work failed: handed out again, a dead letter, or nothing. `retry` unless given. */
  readonly onError?: "retry" | "bury" | "delete" | undefined;
  /** Milliseconds until an item is tried again; at once unless given. */
  readonly retryDelayMs?: number | undefined;
  /**
   * When an item leaves the queue: `onDone`, after the work, so that it may be worked on twice when a process dies;
   * `onTake`, before it, so that it may be lost then. `onDone` unless given.
   */
  readonly ackMode?: "onDone" | "onTake" | undefined;
}

/** An item that was handed out too often, that nobody could read, or that was buried. */
export interface DeadLetter {
  readonly id: string;
  /** Not checked by the schema: that may be why it is here. */
  readonly value: unknown;
  readonly deliveries: number;
}

const LEASE_MS = 15_000;

/**
 * Items of work, each for one of the processes of the run.
 *
 * Delivery: at least once. An item in hand is leased, and extended by its process until it is settled; it is in nobody
 * else's hand meanwhile, unless `lost` has aborted. Order: by priority, then as put; an item that comes back keeps its
 * place. Consumers and producers that wait are served first come, first served, by process.
 * Crash: items in the hand of a process that dies are handed out again when their lease runs out; their room in a bounded
 * queue stays taken until they are done. A waiter that gives up takes nothing with it.
 * Capacity and deliveries are declared by the first use of the name; other ones reject with `mismatch`.
 * Cost: one exchange to put, two more when bounded; three to take, shared by all that wait in a process, and one to
 * settle; one a third of the lease extends all items that a process has in hand. An item that is put wakes one process.
 *
 * SQS's visibility timeout and dead letters, on sorted sets; whose turn it is to take is a claim queue.
 */
export class WorkQueue<T = unknown> implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #title: string;
  readonly #queue: string;
  readonly #options: WorkQueueOptions<T>;
  readonly #shape: QueueShape;
  readonly #closing = new AbortController();
  readonly #waits: RunWaits;
  readonly #putters: ItemPutters;
  readonly #takers: ItemTakers;
  readonly #leases: ItemLeases;
  readonly #inHand = new Set<QueueItem<T>>();

  constructor(namespace: Namespace, name: string, options: WorkQueueOptions<T> = {}) {
    const { capacity = 0, maxDeliveries = 0, leaseMs = LEASE_MS } = options;
    this.#namespace = namespace;
    this.#title = `work-queue "${name}"`;
    this.#queue = `work-queue:${name}`;
    this.#options = options;
    this.#shape = { capacity, maxDeliveries };
    this.#waits = runWaits(namespace, this.#closing.signal);
    const of = { namespace, title: this.#title, queue: this.#queue, shape: this.#shape, leaseMs };
    this.#putters = new ItemPutters(of);
    this.#takers = new ItemTakers(of);
    this.#leases = new ItemLeases(of);
  }

  /**
   * Puts an item in, once there is room for it. False if one with that id is there already. Rejects with a `SyncError`:
   * `timeout`; `invalid-payload`; `mismatch`.
   */
  async put(value: T, options: PutOptions = {}): Promise<boolean> {
    const { id = this.#namespace.requestId(), delayMs = 0, priority = 0, ...wait } = options;
    const json = encodeValue(this.#title, value, this.#options.schema);
    const item = { id, json, delayMs, priority, shape: this.#shape };
    return this.#waits.write(wait, (m) => this.#putters.put(item, m));
  }

  /**
   * Waits for an item, also past the loss of its session: who waits holds nothing, and only comes behind others then.
   * Rejects with a `SyncError`: `timeout`; `closed`; `invalid-payload`, and the item becomes a dead letter.
   */
  async take(wait: Wait = {}): Promise<QueueItem<T>> {
    return this.#inHandOf(await this.#waits.wait(wait, (w) => this.#takers.take(w)));
  }

  /** `undefined` if there is no item that nobody waits for; with `timeoutMs`, if there is none by then. */
  async tryTake(wait: Wait = {}): Promise<QueueItem<T> | undefined> {
    if (wait.timeoutMs !== undefined) return this.take(wait).catch(undefinedIfLate);
    const delivery = await this.#waits.wait(wait, (w) => this.#takers.tryTake(w));
    return delivery === undefined ? undefined : this.#inHandOf(delivery);
  }

  /**
   * Works on items until the caller's signal, the run or the queue ends; then lets the work under way finish, and rejects
   * with the reason. What the work throws is not among the reasons: see `onError`.
   */
  async consume(
    work: (item: QueueItem<T>) => unknown,
    { concurrency = 1, ...options }: ConsumeOptions = {},
  ): Promise<never> {
    checkConcurrency(this.#title, concurrency);
    const stop = new AbortController();
    const link = linkSignals([options.signal, stop.signal]);
    const wait = { timeoutMs: options.timeoutMs, signal: link.signal };
    const workers = Array.from({ length: concurrency }, async () => {
      for (;;) await this.#workOn(await this.take(wait), work, options);
    });
    // The first that ends ends the others, and is the one to say why.
    for (const worker of workers) worker.catch((error: unknown) => stop.abort(error));
    await Promise.allSettled(workers);
    link.release();
    throw link.signal.reason;
  }

  /** Takes an item out that nobody has in hand, a dead letter too. False if it is not there, or in somebody's hand. */
  remove(id: string, wait: Wait = {}): Promise<boolean> {
    return this.#waits.write(wait, (m) => this.#namespace.queues.remove(this.#queue, { ...m, id }));
  }

  /** How many items there are, by what they wait for. */
  size(wait: Wait = {}): Promise<QueueView> {
    return this.#waits.wait(wait, (w) => this.#namespace.queues.inspect(this.#queue, w));
  }

  /** The first hundred dead letters, oldest first; {@link WorkQueue.remove} takes them out. */
  async deadLetters(wait: Wait = {}): Promise<readonly DeadLetter[]> {
    const letters = await this.#waits.wait(wait, (w) =>
      this.#namespace.queues.deadLetters(this.#queue, w),
    );
    return letters.map(({ id, json, deliveries }) => {
      return { id, value: decodeValue<unknown>(this.#title, json), deliveries };
    });
  }

  /** Ends its waits, and gives back the items it has in hand. The namespace stays open. */
  async close(): Promise<void> {
    const closed = new SyncError("closed", `${this.#title} was closed`);
    this.#closing.abort(closed);
    await Promise.allSettled([...this.#inHand].map((item) => item.nack()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #inHandOf({ item, since }: Delivery): Promise<QueueItem<T>> {
    const value = await this.#valueOf(item);
    const { lost, end } = this.#leases.hold(item, since);
    const over = (): void => {
      end();
      this.#inHand.delete(taken);
    };
    const taken = new QueueItem<T>({
      namespace: this.#namespace,
      queue: this.#queue,
      shape: this.#shape,
      item,
      value,
      hold: { lost, end: over },
    });
    this.#inHand.add(taken);
    onAbort(lost, over);
    return taken;
  }

  async #valueOf({ id, token, json }: QueuedItem): Promise<T> {
    try {
      return decodeValue(this.#title, json, this.#options.schema);
    } catch (error) {
      // Whoever took it next could not read it either.
      const settled = { id, token, as: "dead", delayMs: 0, shape: this.#shape } as const;
      await this.#waits.write({}, (m) =>
        this.#namespace.queues.settle(this.#queue, { ...settled, ...m }),
      );
      throw error;
    }
  }

  async #workOn(
    item: QueueItem<T>,
    work: (item: QueueItem<T>) => unknown,
    { onError = "retry", retryDelayMs = 0, ackMode = "onDone" }: ConsumeOptions,
  ): Promise<void> {
    if (ackMode === "onTake" && !(await item.ack())) return;
    try {
      await work(item);
    } catch {
      if (onError === "retry") await item.nack({ delayMs: retryDelayMs });
      else if (onError === "bury") await item.bury();
    }
    await item.ack();
  }
}

function undefinedIfLate(error: unknown): undefined {
  if (error instanceof SyncError && error.code === "timeout") return undefined;
  throw error;
}

function checkConcurrency(title: string, concurrency: number): void {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return;
  throw new SyncError(
    "range",
    `${title}: ${concurrency} items were to be worked on at a time; it must be a whole number, 1 or more`,
  );
}
