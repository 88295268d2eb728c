import { claimTimeout, requestIsOver } from "../atoms/claim-errors.ts";
import type { ClaimView } from "../atoms/claims.ts";
import type {
  Claimant,
  ClaimRequest,
  Held,
  Holding,
  KeyedClaim,
  Liveness,
  StoreClaims,
} from "../atoms/liveness.ts";
import type { Mutation } from "../atoms/store.ts";
import { hasGivenUp } from "../barriers/given-up.ts";
import { reportingLosses } from "../store-status.ts";
import { pending, remaining, type Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { grantsIn, viewIn } from "./claim-frames.ts";
import type { Frame } from "./fields.ts";
import { groupClient } from "./group-client.ts";
import { type ClientSessions, sessionClient } from "./session-client.ts";

/** How long a caller that has given up is kept until its request is known to be withdrawn. */
const WITHDRAW_MS = 1_000;

/** What the store behind the service does for the sessions of this process. */
export function livenessClient(caller: Caller): Liveness {
  const sessions = sessionClient(caller);
  const watched = reportingLosses(sessions, () => caller.channel.status.lost());
  return {
    sessions: watched,
    claims: new ClaimClient(caller, sessions),
    groups: groupClient(caller),
  };
}

interface Request {
  readonly op: "claims.acquire" | "claims.tryAcquire" | "claims.acquireAll";
  readonly keys: readonly string[];
  readonly args: Frame;
  readonly claimant: Claimant;
}

class ClaimClient implements StoreClaims {
  readonly #caller: Caller;
  readonly #sessions: ClientSessions;

  constructor(caller: Caller, sessions: ClientSessions) {
    this.#caller = caller;
    this.#sessions = sessions;
  }

  async acquire(key: string, request: ClaimRequest): Promise<Held> {
    const held = await this.#askOne("claims.acquire", key, request);
    if (held === undefined) throw requestIsOver(key, request.requestId);
    return held;
  }

  tryAcquire(key: string, request: ClaimRequest): Promise<Held | undefined> {
    return this.#askOne("claims.tryAcquire", key, request);
  }

  acquireAll(claims: readonly KeyedClaim[], claimant: Claimant): Promise<readonly Held[]> {
    const args = {
      claims: claims.map(({ key, capacity, permits }) => ({
        name: this.#name(key),
        capacity,
        permits,
      })),
    };
    const keys = claims.map(({ key }) => key);
    return this.#ask({ op: "claims.acquireAll", keys, args, claimant });
  }

  renew(key: string, holding: Holding): Promise<boolean> {
    return this.#call("claims.renew", holding, this.#grant(key, holding), isTrue);
  }

  shrink(key: string, holding: Holding, permits: number): Promise<void> {
    const args = { ...this.#grant(key, holding), permits };
    return this.#call("claims.shrink", holding, args, () => {});
  }

  async release(key: string, holding: Holding, releaseId: string): Promise<boolean> {
    const args = { ...this.#grant(key, holding), id: releaseId };
    const wasHeld = await this.#call("claims.release", holding, args, isTrue);
    this.#sessions.holdsNoMore(holding.session, holding.requestId);
    return wasHeld;
  }

  cancel(key: string, requestId: string, wait: Wait): Promise<boolean> {
    return this.#call("claims.cancel", wait, { name: this.#name(key), requestId }, isTrue);
  }

  resize(key: string, capacity: number, { requestId, ...wait }: Mutation): Promise<void> {
    const args = { name: this.#name(key), capacity, requestId };
    return this.#call("claims.resize", wait, args, () => {});
  }

  inspect(key: string, wait: Wait): Promise<ClaimView> {
    return this.#call("claims.inspect", wait, { name: this.#name(key) }, viewIn);
  }

  /**
   * With a lease, the answer may come long after it began, and nobody knows how long. Then it is begun anew, which this
   * process knows the time of; one that ran out meanwhile is asked for again.
   */
  async #askOne(op: Request["op"], key: string, request: ClaimRequest): Promise<Held | undefined> {
    const { requestId, capacity, permits, leaseMs } = request;
    const args = { name: this.#name(key), capacity, permits, leaseMs };
    const began = performance.now();
    for (let attempt = 0; ; attempt++) {
      const id = attempt === 0 ? requestId : `${requestId}~~${attempt}`;
      const claimant = { ...request, ...remaining(request, began), requestId: id };
      const askedAt = performance.now();
      const [held] = await this.#ask({ op, keys: [key], args, claimant });
      if (held === undefined || leaseMs === undefined) return held;
      if (performance.now() - askedAt < leaseMs / 10) return { ...held, leasedAt: askedAt };
      const leasedAt = performance.now();
      const { session } = request;
      if (await this.renew(key, { ...held, session, ...remaining(request, began) })) {
        return { ...held, leasedAt };
      }
    }
  }

  async #ask({ op, keys, args, claimant }: Request): Promise<readonly Held[]> {
    const { requestId, settled, session, lost, signal, timeoutMs, patienceMs } = claimant;
    try {
      const held = await this.#caller.call(op, {
        args: { ...args, requestId, settled, session },
        wait: { signal, timeoutMs },
        describe: (ms) => claimTimeout(keys[0] ?? "", undefined, patienceMs ?? ms),
        read: grantsIn,
      });
      for (const one of held) this.#sessions.holds(session, one.requestId, lost);
      return held;
    } catch (error) {
      if (hasGivenUp(claimant, error)) await this.#withdraw(keys, claimant);
      throw error;
    }
  }

  /**
   * It may have been granted while this process gave up. What a session leaves goes with it; until then the service is
   * told, on this connection or on the next.
   */
  async #withdraw(keys: readonly string[], { requestId, session }: Claimant): Promise<void> {
    if (!this.#sessions.isLive(session)) return;
    const withdrawn = pending<unknown>({ timeoutMs: WITHDRAW_MS }, String);
    void Promise.allSettled(keys.map((key) => this.cancel(key, requestId, {}))).then(
      withdrawn.resolve,
    );
    await withdrawn.promise.catch(() => {});
  }

  #name(key: string): string {
    return this.#caller.address.claim(key);
  }

  #grant(key: string, { requestId, token }: Holding): Frame {
    return { name: this.#name(key), requestId, token };
  }

  #call<T>(
    op: string,
    { signal, timeoutMs }: Wait,
    args: Frame,
    read: (frame: Frame) => T,
  ): Promise<T> {
    return this.#caller.call(op, { args, wait: { signal, timeoutMs }, read });
  }
}

function isTrue(frame: Frame): boolean {
  return frame["result"] === true;
}
