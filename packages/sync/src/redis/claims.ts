import { moreThanHeld, neverAsked, notHeld } from "../atoms/claim-errors.ts";
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
import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import type { Wait } from "../wait.ts";
import { ACQUIRE, ACQUIRE_ALL } from "./claim-acquire-scripts.ts";
import { CANCEL } from "./claim-end-scripts.ts";
import { RELEASE, RENEW, SHRINK } from "./claim-hold-scripts.ts";
import type { Keys } from "./claim-keys.ts";
import { INSPECT, RESIZE } from "./claim-queue-scripts.ts";
import { RedisRequest, type RequestContext } from "./claim-request.ts";
import { readView } from "./claim-view.ts";
import { asNumber } from "./reply.ts";
import type { Script } from "./scripts.ts";

/** Of holders and of requests, each: what fits into a reply. */
const VIEWED = 10_000;

interface Call {
  readonly script: Script;
  readonly key: string;
  readonly keys: Keys;
  readonly args: readonly (string | number)[];
}

export class RedisClaims implements StoreClaims {
  readonly #context: RequestContext;
  readonly #windowMs: (leaseMs: number) => number;

  /** `recheckMs`: how long it may take until a grant is known of whose message was lost. */
  constructor(context: RequestContext, recheckMs: number) {
    this.#context = context;
    this.#windowMs = (leaseMs) => Math.max(leaseMs, Math.ceil(2 * recheckMs));
  }

  async acquire(key: string, request: ClaimRequest): Promise<Held> {
    const held = await this.#ask(key, request, 0);
    if (held !== undefined) return held;
    throw new SyncError("protocol", `${nameInKey(key)}: Redis refused a request that can wait`);
  }

  tryAcquire(key: string, request: ClaimRequest): Promise<Held | undefined> {
    return this.#ask(key, request, 1);
  }

  async acquireAll(claims: readonly KeyedClaim[], claimant: Claimant): Promise<readonly Held[]> {
    const { calls } = this.#context;
    const queues = claims.map(({ key }) => key);
    const keys = calls.keys.forAcquireAll(queues, claimant.session);
    const amounts = claims.flatMap(({ permits, capacity }) => [permits, capacity]);
    const ask = (id: string) =>
      calls.run(ACQUIRE_ALL, queues, keys, [claimant.session, id, ...amounts]);
    const request = new RedisRequest(this.#context, { claimant, claims, isLeased: false, ask });
    return (await request.grant()) ?? [];
  }

  async renew(key: string, holding: Holding): Promise<boolean> {
    if (!this.#isOfEpoch(holding)) return false;
    const [isHeld] = await this.#write(holding, {
      script: RENEW,
      key,
      keys: this.#keys.ofQueue(key),
      args: [holding.requestId, holding.token.n],
    });
    return asNumber(isHeld) === 1;
  }

  async shrink(key: string, holding: Holding, permits: number): Promise<void> {
    const [had] = this.#isOfEpoch(holding)
      ? await this.#write(holding, {
          script: SHRINK,
          key,
          keys: this.#keys.ofQueue(key),
          args: [holding.requestId, holding.token.n, permits],
        })
      : [0];
    if (asNumber(had) === 0) throw notHeld(key, holding.requestId);
    if (asNumber(had) < permits) throw moreThanHeld(key, permits, asNumber(had));
  }

  async release(key: string, holding: Holding, releaseId: string): Promise<boolean> {
    if (!this.#isOfEpoch(holding)) return false;
    const { requestId, token, session = "" } = holding;
    const [wasHeld] = await this.#write(holding, {
      script: RELEASE,
      key,
      keys: this.#keys.withUndo(key, session),
      args: [session, requestId, token.n, releaseId],
    });
    this.#context.news.holdsNoMore(requestId);
    return asNumber(wasHeld) === 1;
  }

  async cancel(key: string, requestId: string, wait: Wait): Promise<boolean> {
    const [wasHeld] = await this.#write(wait, {
      script: CANCEL,
      key,
      keys: this.#keys.withUndo(key, ""),
      args: ["", requestId],
    });
    return asNumber(wasHeld) === 1;
  }

  async resize(key: string, capacity: number, mutation: Mutation): Promise<void> {
    const [isDeclared] = await this.#write(mutation, {
      script: RESIZE,
      key,
      keys: this.#keys.ofQueue(key),
      args: [mutation.requestId, capacity],
    });
    if (asNumber(isDeclared) === 0) throw neverAsked(key);
  }

  async inspect(key: string, wait: Wait): Promise<ClaimView> {
    const { run, calls } = this.#context;
    const keys = this.#keys.ofQueue(key);
    const reply = await run.calls.run(wait, run.readTimeout(nameInKey(key)), () =>
      run.scripts.connection.large.pass(() => calls.run(INSPECT, [key], keys, [VIEWED])),
    );
    return readView(run.scripts.epoch, reply);
  }

  get #keys() {
    return this.#context.calls.keys;
  }

  async #ask(key: string, request: ClaimRequest, tries: 0 | 1): Promise<Held | undefined> {
    const { capacity, permits, leaseMs = 0, session, settled = "" } = request;
    const { calls } = this.#context;
    const keys = calls.keys.forAcquire(key, session);
    const windowMs = leaseMs === 0 ? 0 : this.#windowMs(leaseMs);
    const args = [permits, capacity, leaseMs, windowMs, tries, settled];
    const seeker = new RedisRequest(this.#context, {
      claimant: request,
      claims: [{ key, capacity, permits }],
      isLeased: leaseMs > 0,
      ask: (id) => calls.run(ACQUIRE, [key], keys, [session, id, ...args]),
    });
    const [held] = (await seeker.grant()) ?? [];
    return held;
  }

  /** Tokens of another epoch are of a state that is gone. */
  #isOfEpoch({ token }: Holding): boolean {
    return token.epoch === this.#context.run.scripts.epoch;
  }

  #write(wait: Wait, { script, key, keys, args }: Call): Promise<readonly unknown[]> {
    const { run, calls } = this.#context;
    return run.calls.run(wait, run.writeTimeout(nameInKey(key)), () =>
      calls.run(script, [key], keys, args),
    );
  }
}
