import type { Wait } from "../wait.ts";
import type { Session } from "./session.ts";
import type { Mutation } from "./store.ts";

/** What is asked of a claim queue. */
export interface ClaimOptions extends Mutation {
  /**
   * How many permits the queue has. Declared in the store by the first request, and compared by every later one:
   * another number rejects with `mismatch`, so that processes that disagree learn of it.
   */
  readonly capacity: number;
  /** How many permits are asked for, all or none; 1 unless given. */
  readonly permits?: number | undefined;
  /**
   * Milliseconds until the grant ends by itself unless it is renewed, in whole ones. Without it the grant lasts as
   * long as the session.
   */
  readonly leaseMs?: number | undefined;
}

/** One of several queues that are asked together. */
export interface ClaimOf {
  readonly name: string;
  readonly capacity: number;
  readonly permits?: number | undefined;
}

/** Permits that are held. */
export interface Grant {
  readonly name: string;
  /** Tells the grant from others; another than was asked with, if the first ran out before anybody knew of it. */
  readonly requestId: string;
  readonly permits: number;
  /** Fencing token: within one epoch, `n` is greater than that of every grant of the queue before it. */
  readonly token: { readonly epoch: string; readonly n: number };
  /**
   * Aborts when holding can no longer be proven: with a `SessionLostError` when the session is lost, with a `SyncError`
   * `not-owner` when the lease ran out or another took the grant away. Not by a release of one's own.
   */
  readonly lost: AbortSignal;
}

/** A claim queue as it is now, the first 10,000 holders and requests of it. */
export interface ClaimView {
  /** 0 before the first request. */
  readonly capacity: number;
  readonly free: number;
  /** In the order of their tokens. */
  readonly holders: readonly {
    readonly requestId: string;
    readonly permits: number;
    readonly token: Grant["token"];
    readonly session: Session["id"];
  }[];
  /** In the order in which they will be granted. */
  readonly queue: readonly { readonly requestId: string; readonly permits: number }[];
}

/**
 * Claim queues: requests for permits, granted strictly in the order of their arrival at the store, so that a large one
 * at the head is not overtaken by small ones behind it. What a session holds or waits for goes with the session. A
 * request that its caller gives up leaves nothing: it leaves the queue, or gives back what it was granted meanwhile.
 */
export interface Claims {
  /** Waits for its turn. Repeated with the same request id while it is held, it gives the same grant. */
  acquire(name: string, options: ClaimOptions): Promise<Grant>;
  /** `undefined` while anybody waits or it does not fit. */
  tryAcquire(name: string, options: ClaimOptions): Promise<Grant | undefined>;
  /**
   * Waits until it is first in every queue and fits in all, then takes all at once; up to 100. Nothing is held while
   * it waits, so requests for several queues cannot lock each other out.
   */
  acquireAll(claims: readonly ClaimOf[], mutation: Mutation): Promise<readonly Grant[]>;
  /** Starts its lease anew. False, and nothing changes, if it is not held any more. */
  renew(grant: Grant, wait?: Wait): Promise<boolean>;
  /** Keeps only `permits` of those held. Rejects with `not-owner` if it is not held any more, with `range` for more. */
  shrink(grant: Grant, permits: number, mutation: Mutation): Promise<void>;
  /** Gives it back, whoever asked for it. False, and nothing changes, if it was not held any more. */
  release(grant: Grant, mutation: Mutation): Promise<boolean>;
  /** Withdraws a request: it leaves the queue, or gives back what it holds; true in that case. Late copies of it do nothing. */
  cancel(name: string, requestId: string, wait?: Wait): Promise<boolean>;
  /**
   * Changes how many permits there are, for requests that go on to declare the number they declared before. Fewer than
   * are held only stops new grants.
   */
  resize(name: string, capacity: number, mutation: Mutation): Promise<void>;
  inspect(name: string, wait?: Wait): Promise<ClaimView>;
}
