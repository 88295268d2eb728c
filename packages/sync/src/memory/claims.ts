import {
  claimTimeout,
  moreThanHeld,
  moreThanThereAre,
  neverAsked,
  notHeld,
  requestIsOver,
} from "../atoms/claim-errors.ts";
import type { ClaimView } from "../atoms/claims.ts";
import type {
  Claimant,
  ClaimRequest,
  Held,
  Holding,
  KeyedClaim,
  StoreClaims,
} from "../atoms/liveness.ts";
import type { Mutation } from "../atoms/store.ts";
import { SessionLostError } from "../error.ts";
import { type Pending, pending } from "../wait.ts";
import type { ClaimQueue, Holder, Queued } from "./claim-queue.ts";
import type { ClaimState } from "./claim-state.ts";

/** One run under one epoch. */
export interface MemoryRun {
  readonly state: ClaimState;
  readonly store: string;
  readonly epoch: string;
  /** Throws when the store is closed or the state of the run is lost. */
  readonly guard: () => void;
}

/** A request for permits in one queue, or in several together. */
interface Asked extends Claimant {
  readonly claims: readonly KeyedClaim[];
  readonly leaseMs?: number | undefined;
}

interface Entered {
  /** Each resolves with the token of each queue. */
  readonly waiters: Set<Pending<readonly number[]>>;
  leave(): void;
}

export class MemoryClaims implements StoreClaims {
  readonly #run: MemoryRun;
  /** What waits, by request and queues: a request that is repeated waits once. */
  readonly #entered = new Map<string, Entered>();

  constructor(run: MemoryRun) {
    this.#run = run;
  }

  async acquire(key: string, request: ClaimRequest): Promise<Held> {
    const { capacity, permits } = request;
    const asked = { ...request, claims: [{ key, capacity, permits }] };
    const [n = 0] = this.#found(asked) ?? (await this.#wait(asked));
    return this.#held(asked, n);
  }

  async tryAcquire(key: string, request: ClaimRequest): Promise<Held | undefined> {
    const { requestId, capacity, permits } = request;
    const queue = this.#open(key);
    if (queue.over.get(requestId) === "refused") return undefined;
    const asked = { ...request, claims: [{ key, capacity, permits }] };
    const found = this.#found(asked);
    if (found === undefined && (queue.queue.size > 0 || !queue.fits(permits))) {
      queue.over.set(requestId, "refused");
      return undefined;
    }
    const [n = 0] = found ?? (await this.#wait(asked));
    return this.#held(asked, n);
  }

  async acquireAll(claims: readonly KeyedClaim[], claimant: Claimant): Promise<readonly Held[]> {
    const asked = { ...claimant, claims, leaseMs: undefined };
    const tokens = this.#found(asked) ?? (await this.#wait(asked));
    return tokens.map((n) => this.#held(asked, n));
  }

  async renew(key: string, holding: Holding): Promise<boolean> {
    const { queue, holder } = this.#find(key, holding);
    if (holder === undefined) return false;
    this.#run.state.extend(queue, holder.requestId);
    return true;
  }

  async shrink(key: string, holding: Holding, permits: number): Promise<void> {
    const { queue, holder } = this.#find(key, holding);
    if (holder === undefined) throw notHeld(key, holding.requestId);
    if (permits > holder.permits) throw moreThanHeld(key, permits, holder.permits);
    queue.shrink(holder, permits);
    this.#run.state.settle(queue);
  }

  async release(key: string, holding: Holding, releaseId: string): Promise<boolean> {
    const { queue, holder } = this.#find(key, holding);
    const how = `released ${releaseId}`;
    if (holder === undefined) return queue.over.get(holding.requestId) === how;
    queue.end(holder.requestId, how);
    if (holder.session !== holding.session) holder.lost(holder.requestId);
    this.#run.state.settle(queue);
    return true;
  }

  async cancel(key: string, requestId: string): Promise<boolean> {
    const queue = this.#open(key);
    if (queue.over.has(requestId)) return false;
    const waiting = queue.queue.get(requestId);
    const holder = queue.end(requestId, "cancelled");
    waiting?.withdrawn();
    holder?.lost(requestId);
    this.#run.state.settle(queue);
    return holder !== undefined;
  }

  async resize(key: string, capacity: number, { requestId }: Mutation): Promise<void> {
    const queue = this.#open(key);
    if (queue.declared === 0) throw neverAsked(key);
    if (queue.over.has(requestId)) return;
    queue.over.set(requestId, "resized");
    queue.capacity = capacity;
    this.#run.state.settle(queue);
  }

  async inspect(key: string): Promise<ClaimView> {
    return this.#open(key).view(this.#run.epoch);
  }

  #open(key: string): ClaimQueue {
    this.#run.guard();
    return this.#run.state.queue(key);
  }

  #find(key: string, { requestId, token }: Holding): { queue: ClaimQueue; holder?: Holder } {
    const queue = this.#open(key);
    const holder = queue.holding(requestId, token.n);
    if (holder === undefined || token.epoch !== this.#run.epoch) return { queue };
    return { queue, holder };
  }

  #held({ requestId }: Asked, n: number): Held {
    return { requestId, token: { epoch: this.#run.epoch, n } };
  }

  /** The tokens it holds already, with its lease begun anew; `undefined` while it has none. */
  #found({ claims, requestId, session }: Asked): readonly number[] | undefined {
    const { state, store, guard } = this.#run;
    guard();
    if (!state.isLive(session)) throw new SessionLostError(store, session, "it was ended");
    const holders = claims.map(({ key, capacity, permits }) => {
      const queue = this.#open(key);
      queue.declare(capacity);
      const holder = queue.holderOf(requestId, session);
      if (holder === undefined && permits > queue.capacity) {
        throw moreThanThereAre(key, permits, queue.capacity);
      }
      state.extend(queue, requestId);
      return holder;
    });
    const tokens = holders.flatMap((holder) => (holder === undefined ? [] : [holder.n]));
    return tokens.length === claims.length ? tokens : undefined;
  }

  #wait(asked: Asked): Promise<readonly number[]> {
    const queues = asked.claims.map(({ key }) => this.#open(key));
    const [first] = queues;
    const { waiters, leave } = this.#enter(asked, queues);
    let ahead = 0;
    const waiter = pending<readonly number[]>(
      asked,
      (ms) => claimTimeout(first?.key ?? "", ahead, asked.patienceMs ?? ms),
      () => {
        ahead = first?.ahead(asked.requestId) ?? 0;
        waiters.delete(waiter);
        if (waiters.size === 0) leave();
      },
    );
    waiters.add(waiter);
    this.#run.state.settle(...queues);
    return waiter.promise;
  }

  #enter(asked: Asked, queues: readonly ClaimQueue[]): Entered {
    const id = [asked.requestId, ...queues.map(({ key }) => key)].join("|");
    const there = this.#entered.get(id);
    if (there !== undefined) return there;
    const { state } = this.#run;
    const waiters: Entered["waiters"] = new Set();
    const leave = (): void => {
      if (!this.#entered.delete(id)) return;
      for (const queue of queues) queue.end(asked.requestId, "cancelled");
      state.settle(...queues);
    };
    const requests = queues.map((queue, i): readonly [ClaimQueue, Queued] => [
      queue,
      {
        ...asked,
        permits: asked.claims[i]?.permits ?? 0,
        take: () => {
          if (!requests.every(([other, queued]) => isNext(other, queued))) return [];
          this.#entered.delete(id);
          const tokens = requests.map(([other, queued]) => state.admit(other, queued));
          for (const waiter of [...waiters]) waiter.resolve(tokens);
          return queues;
        },
        withdrawn: () => {
          for (const waiter of [...waiters])
            waiter.reject(requestIsOver(queue.key, asked.requestId));
        },
      },
    ]);
    for (const [queue, queued] of requests) queue.queue.set(asked.requestId, queued);
    const entered = { waiters, leave };
    this.#entered.set(id, entered);
    return entered;
  }
}

function isNext(queue: ClaimQueue, queued: Queued): boolean {
  return queue.head === queued && queue.fits(queued.permits);
}
