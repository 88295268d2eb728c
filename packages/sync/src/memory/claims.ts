import { moreThanHeld, moreThanThereAre, neverAsked, notHeld } from "../atoms/claim-errors.ts";
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
import type { ClaimQueue, Holder } from "./claim-queue.ts";
import type { ClaimState } from "./claim-state.ts";
import { type Asked, ClaimWaits } from "./claim-waits.ts";

/** One run under one epoch. */
export interface MemoryRun {
  readonly state: ClaimState;
  readonly store: string;
  readonly epoch: string;
  /** Throws when the store is closed or the state of the run is lost. */
  readonly guard: () => void;
}

export class MemoryClaims implements StoreClaims {
  readonly #run: MemoryRun;
  readonly #waits: ClaimWaits;

  constructor(run: MemoryRun) {
    this.#run = run;
    this.#waits = new ClaimWaits(run.state);
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
      queue.over.give(requestId, "refused");
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
    if (queue.over.get(requestId) !== undefined) return false;
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
    if (queue.over.get(requestId) !== undefined) return;
    queue.over.give(requestId, "resized");
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
  #found(asked: Asked): readonly number[] | undefined {
    const { claims, requestId, session } = asked;
    const { state, store, guard } = this.#run;
    guard();
    if (!state.isLive(session)) throw new SessionLostError(store, session, "it was ended");
    const holders = claims.map(({ key, capacity, permits }) => {
      const queue = this.#open(key);
      queue.declare(capacity);
      const holder = queue.holderOf(asked);
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
    return this.#waits.wait(
      asked,
      asked.claims.map(({ key }) => this.#open(key)),
    );
  }
}
