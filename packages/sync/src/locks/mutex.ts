import type { ClaimView, Grant } from "../atoms/claims.ts";
import type { CounterKey, Namespace } from "../atoms/store.ts";
import type { SyncError } from "../error.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { ClaimLock, type Lockable, type LockOptions } from "./claim-lock.ts";
import { reentrant } from "./held-here.ts";
import { Lease } from "./lease.ts";

export interface MutexOptions extends LockOptions {
  /** Called once when somebody asks the holder to let go (see {@link Mutex.revoke}). Whether it does is its choice. */
  readonly onRevoke?: (() => void) | undefined;
}

/**
 * One holder at a time, over all processes of the run.
 *
 * Order: first come, first served, by arrival at the store; {@link Mutex.tryLock} never overtakes who waits.
 * Crash: a holder that dies, or is paused for longer than its session lives (15 s unless configured), loses the lock to
 * the next one; `lease.lost` tells it, and `lease.token` lets the thing that is protected refuse its late writes.
 * Waits: a lost announcement delays the next holder until the store's re-check, and no longer. Ends with the run's abort.
 * Cost: two exchanges and one announcement a hand-over, however many wait.
 *
 * The claim queue with one permit: tickets as in ZooKeeper's lock recipe, without its herd, and fenced.
 */
export class Mutex implements Lockable {
  readonly title: string;
  readonly claim: Lockable["claim"];
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #lock: ClaimLock<Lease>;

  constructor(namespace: Namespace, name: string) {
    this.title = `mutex "${name}"`;
    this.claim = { name: `mutex:${name}`, capacity: 1, permits: 1 };
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#lock = new ClaimLock(namespace, (grant) => new Lease(namespace, grant));
  }

  /**
   * Waits for its turn; the lock is the caller's until the lease is released. Rejects with a `SyncError`: `timeout`;
   * `reentrant` within {@link Mutex.run} of the same mutex; `session-lost` when this process was taken for dead.
   */
  async lock(options: MutexOptions = {}): Promise<Lease> {
    const lease = await this.#lock.acquire(this, options);
    this.#listen(lease, options.onRevoke);
    return lease;
  }

  /** `undefined` if it is held or awaited by another now, or, with `timeoutMs`, until then. */
  async tryLock(options: MutexOptions = {}): Promise<Lease | undefined> {
    const lease = await this.#lock.tryAcquire(this, options);
    if (lease !== undefined) this.#listen(lease, options.onRevoke);
    return lease;
  }

  /**
   * Does the work as the holder and resolves with its result. Rejects as {@link Mutex.lock} does, and with the reason of
   * the loss, such as `session-lost`, if the lock was lost before the work was done.
   */
  run<T>(work: (lease: Lease) => T | Promise<T>, options: MutexOptions = {}): Promise<T> {
    return this.#lock.run(this, options, (lease) => {
      this.#listen(lease, options.onRevoke);
      return work(lease);
    });
  }

  /** Who holds it and who waits, in order. */
  inspect(wait: Wait = {}): Promise<ClaimView> {
    return this.#waits.wait(wait, (w) => this.#namespace.claims.inspect(this.claim.name, w));
  }

  /** Asks the present holder to let go. False if nobody holds it. */
  async revoke(wait: Wait = {}): Promise<boolean> {
    const { holders } = await this.inspect(wait);
    const [holder] = holders;
    if (holder === undefined) return false;
    await this.#waits.write(wait, (m) =>
      this.#namespace.counters.add(this.#revocations(holder.token), m),
    );
    return true;
  }

  /**
   * Takes the lock from the holder with that token and gives it to the next. The holder is not asked: it loses its
   * lease. False if another holds it by now.
   */
  async forceRelease(token: Grant["token"], wait: Wait = {}): Promise<boolean> {
    const { holders } = await this.inspect(wait);
    const holder = holders.find(
      (held) => held.token.n === token.n && held.token.epoch === token.epoch,
    );
    if (holder === undefined) return false;
    return this.#waits.wait(wait, (w) =>
      this.#namespace.claims.cancel(this.claim.name, holder.requestId, w),
    );
  }

  refusal(): SyncError {
    return reentrant(this.title);
  }

  #revocations(token: Grant["token"]): CounterKey {
    return { kind: "own", name: `revoke:${token.n}:${this.claim.name}` };
  }

  /** Until the lease ends. */
  #listen(lease: Lease, onRevoke: (() => void) | undefined): void {
    if (onRevoke === undefined) return;
    const ended = new AbortController();
    lease.onEnd(() => ended.abort());
    this.#waits
      .wait({ signal: ended.signal }, (w) =>
        this.#namespace.counters.reach(this.#revocations(lease.token), 1, w),
      )
      .then(onRevoke, () => {});
  }
}
