import { nothingToTake } from "../atoms/queue-errors.ts";
import type { QueuedItem, QueueShape, Taken } from "../atoms/queues.ts";
import type { Namespace } from "../atoms/store.ts";
import { SessionLostError, SyncError } from "../error.ts";
import { ClaimLock, type Lockable } from "../locks/claim-lock.ts";
import { Lease } from "../locks/lease.ts";
import { linkSignals } from "../on-abort.ts";
import { sleep } from "../sleep.ts";
import { type Pending, pending, type Wait } from "../wait.ts";

/** An item, and when it was asked for. */
export interface Delivery {
  readonly item: QueuedItem;
  readonly since: number;
}

export interface TakersOptions {
  readonly namespace: Namespace;
  /** For messages. */
  readonly title: string;
  readonly queue: string;
  readonly shape: QueueShape;
  readonly leaseMs: number;
}

const MOST_AT_ONCE = 100;
/** Until a session that was lost is followed by another. */
const ANEW_MS = 100;
const IDLE = new Error("nobody waits for an item any more");

/**
 * Those in this process that wait for items. Processes take turns, in the order in which they came: who has the turn
 * takes for all that wait in it, or waits for the next item, while the others are not woken for nothing.
 */
export class ItemTakers {
  readonly #options: TakersOptions;
  readonly #turn: Lockable;
  readonly #turns: ClaimLock<Lease>;
  readonly #waiting = new Set<Pending<Delivery>>();
  #idle = new AbortController();
  #isServing = false;

  constructor(options: TakersOptions) {
    const { namespace, title, queue } = options;
    this.#options = options;
    this.#turn = {
      title,
      claim: { name: `take:${queue}`, capacity: 1, permits: 1 },
      refusal: () => undefined,
    };
    this.#turns = new ClaimLock(namespace, (grant) => new Lease(namespace, grant));
  }

  take(wait: Wait): Promise<Delivery> {
    const late = (ms: number): string => nothingToTake(this.#options.title, ms);
    const taker = pending<Delivery>(wait, late, () => {
      this.#waiting.delete(taker);
      if (this.#waiting.size === 0) this.#idle.abort(IDLE);
    });
    if (this.#waiting.size === 0) this.#idle = new AbortController();
    this.#waiting.add(taker);
    if (!this.#isServing) void this.#serve();
    return taker.promise;
  }

  /** An item if there is one for which nobody waits. */
  async tryTake(wait: Wait): Promise<Delivery | undefined> {
    if (this.#waiting.size > 0) return undefined;
    const lease = await this.#turns.tryAcquire(this.#turn, { signal: wait.signal });
    if (lease === undefined) return undefined;
    try {
      const since = performance.now();
      const { items } = await this.#ask(1, wait);
      const [item] = items;
      return item === undefined ? undefined : { item, since };
    } finally {
      await lease.release().catch(() => {});
    }
  }

  rejectAll(error: unknown): void {
    for (const taker of [...this.#waiting]) taker.reject(error);
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.size > 0) {
      const { signal } = this.#idle;
      try {
        await this.#takeTurn(signal);
      } catch (error) {
        // Who waits holds nothing that was lost with the session: it only comes behind those that came meanwhile.
        if (error instanceof SessionLostError) await sleep(ANEW_MS);
        else if (error !== IDLE) this.rejectAll(error);
      }
    }
    this.#isServing = false;
  }

  async #takeTurn(idle: AbortSignal): Promise<void> {
    const lease = await this.#turns.acquire(this.#turn, { signal: idle });
    const link = linkSignals([idle, lease.lost]);
    try {
      while (!link.signal.aborted) {
        const since = performance.now();
        const taken = await this.#ask(Math.min(this.#waiting.size, MOST_AT_ONCE), {});
        if (taken.items.length > 0) return await this.#handOut(taken.items, since);
        await this.#nextChange(taken, link.signal);
      }
    } finally {
      link.release();
      // A turn that cannot be given back ends with the session.
      await lease.release().catch(() => {});
    }
  }

  #ask(most: number, wait: Wait): Promise<Taken> {
    const { namespace, queue, shape, leaseMs } = this.#options;
    const requestId = namespace.requestId();
    return namespace.queues.take(queue, { ...wait, requestId, shape, most, leaseMs });
  }

  /** Or the time at which an item becomes due or comes back. */
  async #nextChange({ changes, nextMs }: Taken, signal: AbortSignal): Promise<void> {
    const { namespace, queue } = this.#options;
    try {
      await namespace.queues.changed(queue, "items", changes, { signal, timeoutMs: nextMs });
    } catch (error) {
      if (signal.aborted || (error instanceof SyncError && error.code === "timeout")) return;
      throw error;
    }
  }

  /** What was taken for those that gave up meanwhile goes back as if it had not been touched. */
  async #handOut(items: readonly QueuedItem[], since: number): Promise<void> {
    const left = items.filter((item) => {
      const [taker] = this.#waiting;
      taker?.resolve({ item, since });
      return taker === undefined;
    });
    await Promise.all(left.map((item) => this.#giveBack(item)));
  }

  async #giveBack({ id, token }: QueuedItem): Promise<void> {
    const { namespace, queue, shape } = this.#options;
    const settled = { id, token, as: "untouched", delayMs: 0 } as const;
    const requestId = namespace.requestId();
    await namespace.queues.settle(queue, { ...settled, requestId, shape });
  }
}
