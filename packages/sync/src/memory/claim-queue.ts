import { capacityMismatch, requestIsOver } from "../atoms/claim-errors.ts";
import type { ClaimView } from "../atoms/claims.ts";
import type { Mutation } from "../atoms/store.ts";
import { Answers } from "./answers.ts";

export interface Queued {
  readonly requestId: string;
  readonly session: string;
  readonly permits: number;
  readonly leaseMs?: number | undefined;
  readonly lost: (requestId: string) => void;
  /** Its turn has come and it fits: takes it, and says in which queues; in none if another of its queues is not ready. */
  take(): readonly ClaimQueue[];
  /** Somebody else ended it before its turn came. */
  withdrawn(): void;
}

export interface Holder extends Omit<Queued, "take" | "withdrawn"> {
  readonly n: number;
  readonly expiresAt: number;
}

/** One claim queue: who waits, in order, and who holds. It decides nothing by itself. */
export class ClaimQueue {
  readonly key: string;
  /** What the first request declared; 0 before. */
  declared = 0;
  capacity = 0;
  readonly queue: Map<string, Queued> = new Map();
  readonly holders: Map<string, Holder> = new Map();
  /** Of the holders, those whose time runs out. */
  readonly #leased = new Map<string, Holder>();
  /** Requests that are over, with how they ended: a late copy of one must not queue again. */
  readonly over: Answers<string>;
  #used = 0;
  #tokens = 0;

  constructor(key: string) {
    this.key = key;
    this.over = new Answers(key);
  }

  declare(capacity: number): void {
    if (this.declared === 0) {
      this.declared = capacity;
      this.capacity = capacity;
    }
    if (this.declared !== capacity) throw capacityMismatch(this.key, this.declared, capacity);
  }

  get head(): Queued | undefined {
    return this.queue.values().next().value;
  }

  fits(permits: number): boolean {
    return this.#used + permits <= this.capacity;
  }

  /** What the request holds already. Throws if it is over, or another session's. */
  holderOf(claimant: Mutation & { readonly session: string }): Holder | undefined {
    const { requestId, session } = claimant;
    const there = this.holders.get(requestId) ?? this.queue.get(requestId);
    this.over.settle(claimant);
    const isOver = there === undefined && this.over.before(claimant) !== undefined;
    if (isOver || (there !== undefined && there.session !== session)) {
      throw requestIsOver(this.key, requestId);
    }
    return this.holders.get(requestId);
  }

  /** From the queue to the holders. */
  admit({ requestId, session, permits, leaseMs, lost }: Queued, now: number): number {
    this.queue.delete(requestId);
    this.#used += permits;
    const n = ++this.#tokens;
    const expiresAt = now + (leaseMs ?? Number.POSITIVE_INFINITY);
    this.put({ requestId, session, permits, leaseMs, lost, n, expiresAt });
    return n;
  }

  /** In place of what was there. */
  put(holder: Holder): void {
    this.holders.set(holder.requestId, holder);
    if (holder.leaseMs !== undefined) this.#leased.set(holder.requestId, holder);
  }

  shrink(holder: Holder, permits: number): void {
    this.#used -= holder.permits - permits;
    this.put({ ...holder, permits });
  }

  /** Ends a request wherever it is; gives what it held. */
  end(requestId: string, how: string): Holder | undefined {
    const holder = this.holders.get(requestId);
    if (holder !== undefined) this.#used -= holder.permits;
    this.holders.delete(requestId);
    this.#leased.delete(requestId);
    this.queue.delete(requestId);
    this.over.give(requestId, how);
    return holder;
  }

  /** The holder with this token, unless it has changed. */
  holding(requestId: string, n: number): Holder | undefined {
    const holder = this.holders.get(requestId);
    return holder?.n === n ? holder : undefined;
  }

  nextExpiry(): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const { expiresAt } of this.#leased.values()) soonest = Math.min(soonest, expiresAt);
    return soonest;
  }

  due(now: number): readonly Holder[] {
    return [...this.#leased.values()].filter(({ expiresAt }) => expiresAt <= now);
  }

  /** How many are before the request, if it waits. */
  ahead(requestId: string): number {
    return this.queue.has(requestId) ? [...this.queue.keys()].indexOf(requestId) : 0;
  }

  view(epoch: string): ClaimView {
    return {
      capacity: this.capacity,
      free: Math.max(0, this.capacity - this.#used),
      holders: [...this.holders.values()]
        .sort((a, b) => a.n - b.n)
        .map(({ requestId, permits, n, session }) => ({
          requestId,
          permits,
          token: { epoch, n },
          session,
        })),
      queue: [...this.queue.values()].map(({ requestId, permits }) => ({ requestId, permits })),
    };
  }
}
