import { moreThanHeld, notHeld } from "../atoms/claim-errors.ts";
import {
  checkCapacity,
  checkClaim,
  checkClaimSet,
  checkLease,
  checkRequestId,
} from "../atoms/claim-limits.ts";
import type { ClaimOf, ClaimOptions, Claims, ClaimView, Grant } from "../atoms/claims.ts";
import type { Claimant, Held, Holding, KeyedClaim, StoreClaims } from "../atoms/liveness.ts";
import type { Session } from "../atoms/session.ts";
import type { Mutation } from "../atoms/store.ts";
import { claimKey } from "../keys.ts";
import { checkName } from "../limits.ts";
import { linkSignals } from "../on-abort.ts";
import { remaining, type Wait } from "../wait.ts";
import { type NamespaceWaits, until } from "./namespace-waits.ts";
import { Ownerships } from "./ownerships.ts";
import type { SettledRequests } from "./settled-requests.ts";

interface Binding extends NamespaceWaits {
  readonly claims: StoreClaims;
  readonly session: (wait: Wait) => Promise<Session>;
}

type Sought = ClaimOf & Pick<ClaimOptions, "leaseMs">;

/** The claim queues of a run by name; whatever is granted gets a signal that tells when it is lost. */
export class BoundClaims implements Claims {
  readonly #claims: StoreClaims;
  readonly #base: string;
  readonly #closing: AbortSignal;
  readonly #session: (wait: Wait) => Promise<Session>;
  readonly #requests: SettledRequests;
  readonly #owned = new Ownerships();

  constructor({ claims, base, closing, requests, session }: Binding) {
    this.#claims = claims;
    this.#base = base;
    this.#closing = closing;
    this.#requests = requests;
    this.#session = session;
  }

  async acquire(name: string, options: ClaimOptions): Promise<Grant> {
    const sought = checked(name, options);
    const key = this.#key(name);
    return this.#requests.open(key, options, (sent) =>
      this.#asking([sought], sent, async (claimant, session) => {
        const held = await this.#claims.acquire(key, { ...claimant, ...sought });
        return this.#own(sought, session, held);
      }),
    );
  }

  async tryAcquire(name: string, options: ClaimOptions): Promise<Grant | undefined> {
    const sought = checked(name, options);
    const key = this.#key(name);
    const grant = await this.#requests.open(key, options, (sent) =>
      this.#asking([sought], sent, async (claimant, session) => {
        const held = await this.#claims.tryAcquire(key, { ...claimant, ...sought });
        return held === undefined ? undefined : this.#own(sought, session, held);
      }),
    );
    if (grant === undefined) this.#requests.over(key, options.requestId);
    return grant;
  }

  async acquireAll(claims: readonly ClaimOf[], mutation: Mutation): Promise<readonly Grant[]> {
    checkClaimSet(claims);
    const keyed = claims.map(
      ({ name, capacity, permits = 1 }): KeyedClaim => ({
        key: this.#key(name),
        capacity,
        permits,
      }),
    );
    // What is asked of several objects at once is remembered by each for good.
    const sent: Mutation = { ...mutation, settled: "late" };
    return this.#asking(claims, sent, async (claimant, session) => {
      const held = await this.#claims.acquireAll(keyed, claimant);
      return claims.flatMap((claim, i) => {
        const one = held[i];
        return one === undefined ? [] : [this.#own({ ...claim, leaseMs: undefined }, session, one)];
      });
    });
  }

  async renew(grant: Grant, wait: Wait = {}): Promise<boolean> {
    if (grant.lost.aborted) return false;
    const askedAt = performance.now();
    const isHeld = await this.#with(grant, wait, (key, holding) =>
      this.#claims.renew(key, holding),
    );
    const { name, requestId } = grant;
    if (isHeld) this.#owned.extend(grant, askedAt);
    else this.#owned.lose(name, requestId, notHeld(this.#key(name), requestId));
    return isHeld && !grant.lost.aborted;
  }

  async shrink(grant: Grant, permits: number, mutation: Mutation): Promise<void> {
    if (!Number.isSafeInteger(permits) || permits < 1 || permits > grant.permits) {
      throw moreThanHeld(this.#key(grant.name), permits, grant.permits);
    }
    return this.#with(grant, mutation, (key, holding) =>
      this.#claims.shrink(key, holding, permits),
    );
  }

  async release(grant: Grant, mutation: Mutation): Promise<boolean> {
    checkRequestId(mutation.requestId);
    const wasHeld = await this.#with(grant, mutation, (key, holding) =>
      this.#claims.release(key, holding, mutation.requestId),
    );
    this.#owned.end(grant);
    this.#requests.over(this.#key(grant.name), grant.requestId);
    return wasHeld;
  }

  async cancel(name: string, requestId: string, wait: Wait = {}): Promise<boolean> {
    checkName("claim", name);
    checkRequestId(requestId);
    const wasHeld = await until(this.#closing, wait, (w) =>
      this.#claims.cancel(this.#key(name), requestId, w),
    );
    this.#owned.lose(name, requestId, notHeld(this.#key(name), requestId));
    this.#requests.over(this.#key(name), requestId);
    return wasHeld;
  }

  async resize(name: string, capacity: number, mutation: Mutation): Promise<void> {
    checkCapacity(name, capacity);
    checkRequestId(mutation.requestId);
    return until(this.#closing, mutation, (m) => this.#claims.resize(this.#key(name), capacity, m));
  }

  async inspect(name: string, wait: Wait = {}): Promise<ClaimView> {
    checkName("claim", name);
    return until(this.#closing, wait, (w) => this.#claims.inspect(this.#key(name), w));
  }

  #key(name: string): string {
    return claimKey(this.#base, name);
  }

  #own({ name, permits = 1, leaseMs }: Sought, session: Session, held: Held): Grant {
    return this.#owned.own(held, { key: this.#key(name), name, permits, leaseMs, session });
  }

  /** Asks in the name of the session, and no longer than it lives. */
  #asking<T>(
    claims: readonly ClaimOf[],
    mutation: Mutation,
    ask: (claimant: Claimant, session: Session) => Promise<T>,
  ): Promise<T> {
    const { requestId, settled, timeoutMs: patienceMs } = mutation;
    checkRequestId(requestId);
    const began = performance.now();
    const lost = (id: string): void => {
      for (const { name } of claims) this.#owned.lose(name, id, notHeld(this.#key(name), id));
    };
    return until(this.#closing, mutation, async (wait) => {
      wait.signal?.throwIfAborted();
      const session = await this.#session(wait);
      const { timeoutMs } = remaining(wait, began);
      const { signal, release } = linkSignals([wait.signal, session.lost]);
      try {
        const patience = { signal, timeoutMs, patienceMs };
        const claimant = { session: session.id, requestId, settled, lost, ...patience };
        return await ask(claimant, session);
      } finally {
        release();
      }
    });
  }

  #with<T>(
    grant: Grant,
    { signal, timeoutMs }: Wait,
    work: (key: string, holding: Holding) => Promise<T>,
  ): Promise<T> {
    const { name, requestId, token } = grant;
    const session = this.#owned.sessionOf(grant);
    checkName("claim", name);
    return until(this.#closing, { signal, timeoutMs }, async (wait) => {
      wait.signal?.throwIfAborted();
      return work(this.#key(name), { requestId, token, session, ...wait });
    });
  }
}

function checked(
  name: string,
  { capacity, permits = 1, leaseMs }: ClaimOptions,
): Sought & { readonly permits: number } {
  const sought = { name, capacity, permits, leaseMs };
  checkClaim(sought);
  checkLease(name, leaseMs);
  return sought;
}
