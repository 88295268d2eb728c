import type { SyncError } from "../error.ts";
import type { Wait } from "../wait.ts";
import type { ClaimView, Grant } from "./claims.ts";
import type { Mutation } from "./store.ts";
import type { StoreGroups } from "./store-groups.ts";

/** What a store does for the sessions of one run and for what they hold, by full key and under the run's epoch. */
export interface Liveness {
  readonly sessions: StoreSessions;
  readonly claims: StoreClaims;
  readonly groups: StoreGroups;
}

export interface OpenedSession {
  readonly id: string;
  /** Gives back all it holds. Called once; rejects if the store cannot be told, which then finds out by itself. */
  end(): Promise<void>;
}

export interface StoreSessions {
  /** Starts a session and keeps it alive; `lost` is called at most once, when that has failed. */
  open(ttlMs: number, lost: (error: SyncError) => void, wait: Wait): Promise<OpenedSession>;
  /** What is the matter with the store at the moment, if that is known. */
  readonly trouble?: () => SyncError | undefined;
}

/** Who asks, and who is to be told. */
export interface Claimant extends Mutation {
  readonly session: string;
  /** What the caller gave as `timeoutMs`, for messages: some of it may have gone by. */
  readonly patienceMs?: number | undefined;
  /** Called when the store says that the grant is over although nobody here gave it back. */
  readonly lost: (requestId: string) => void;
}

export interface ClaimRequest extends Claimant {
  readonly capacity: number;
  readonly permits: number;
  readonly leaseMs?: number | undefined;
}

export interface KeyedClaim {
  readonly key: string;
  readonly capacity: number;
  readonly permits: number;
}

export interface Held {
  readonly requestId: string;
  readonly token: Grant["token"];
  /**
   * When the lease began at the latest, by `performance.now` of this process, if it is for this process to notice that
   * it has run out.
   */
  readonly leasedAt?: number;
}

/** A grant, as the store knows it, and the patience of who asks about it. */
export interface Holding extends Wait {
  readonly requestId: string;
  readonly token: Grant["token"];
  /** Of which session it is, if that is one of the namespace. */
  readonly session: string | undefined;
}

export interface StoreClaims {
  acquire(key: string, request: ClaimRequest): Promise<Held>;
  tryAcquire(key: string, request: ClaimRequest): Promise<Held | undefined>;
  /** In the order of the claims. */
  acquireAll(claims: readonly KeyedClaim[], claimant: Claimant): Promise<readonly Held[]>;
  renew(key: string, holding: Holding): Promise<boolean>;
  shrink(key: string, holding: Holding, permits: number): Promise<void>;
  /** `releaseId` is the same whenever this release is repeated. */
  release(key: string, holding: Holding, releaseId: string): Promise<boolean>;
  cancel(key: string, requestId: string, wait: Wait): Promise<boolean>;
  resize(key: string, capacity: number, mutation: Mutation): Promise<void>;
  inspect(key: string, wait: Wait): Promise<ClaimView>;
}
