import { checkLease } from "../atoms/claim-limits.ts";
import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import {
  checkReentry,
  type Lockable,
  type LockOptions,
  runLeased,
  undefinedIfLate,
} from "./claim-lock.ts";
import { holdAs, lockId, runHolding } from "./held-here.ts";
import { Lease } from "./lease.ts";
import { MultiLease } from "./multi-lease.ts";

/**
 * Several locks of one run at once: all or none.
 *
 * Order: one place in every queue, taken in one step with one ticket, so that any two requests stand in the same order
 * wherever they meet. Nobody holds some while waiting for others, hence no deadlock, in whatever order locks are named.
 * Crash: as each of the locks; a dead waiter leaves every queue. An explicit lease (`leaseMs`) is ended by its own
 * process; one that died or was stopped holds until its session ends.
 * Cost: one exchange to queue and to be granted, one a lock to give back. A request at the head of one queue keeps that
 * lock idle until it is at the head of all: name few.
 *
 * Enqueueing in all queues at once replaces the acquire, fail, release and retry of client-side multi-locks.
 */
export class MultiLock {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #locks: readonly Lockable[];

  /** Mutexes, `semaphore.share(n)`, and `reading` or `writing` of read-write locks. */
  constructor(namespace: Namespace, locks: readonly Lockable[]) {
    const names = new Set(locks.map(({ claim }) => claim.name));
    if (names.size === 0 || names.size < locks.length) {
      throw new SyncError(
        "range",
        `a multi-lock of ${locks.map(({ title }) => title).join(", ") || "nothing"}; name at least one lock, and each once`,
      );
    }
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#locks = locks;
  }

  /** Waits until all are granted. Rejects as the `lock` of the mutex does, then holding none. */
  async lock(options: LockOptions = {}): Promise<MultiLease> {
    this.#check(options);
    const claims = this.#locks.map(({ claim }) => claim);
    const { signal, timeoutMs } = options;
    const grants = await this.#waits.write({ signal, timeoutMs }, (m) =>
      this.#namespace.claims.acquireAll(claims, m),
    );
    return this.#hold(grants, options);
  }

  /**
   * `undefined` if any of them is held or awaited by another now; with `timeoutMs`, if they are not all to be had by
   * then. Without it nothing waits: it takes one after the other, by their names, and gives back what it took if one is
   * not to be had. Of several that try for the same locks at once, one gets them.
   */
  async tryLock(options: LockOptions = {}): Promise<MultiLease | undefined> {
    if (options.timeoutMs !== undefined) return undefinedIfLate(this.lock(options));
    this.#check(options);
    const taken = new Map<Lockable, Grant>();
    try {
      for (const lock of this.#locks.toSorted(byName)) {
        const grant = await this.#tryOne(lock, options.signal);
        if (grant === undefined) break;
        taken.set(lock, grant);
      }
    } catch (error) {
      await this.#giveBack(taken.values());
      throw error;
    }
    const grants = this.#locks.flatMap((lock) => taken.get(lock) ?? []);
    if (grants.length === this.#locks.length) return this.#hold(grants, options);
    await this.#giveBack(grants);
    return undefined;
  }

  /** Does the work while it holds all of them; resolves and rejects as `Mutex.run` does. */
  async run<T>(work: (lease: MultiLease) => T | Promise<T>, options: LockOptions = {}): Promise<T> {
    const lease = await this.lock(options);
    const holds = lease.leases.map((one, i) => [this.#id(i), one] as const);
    const title = this.#locks.map(({ title }) => title).join(", ");
    return runLeased(title, lease, () => runHolding(holds, async () => work(lease)));
  }

  #check({ owner, leaseMs }: LockOptions): void {
    for (const lock of this.#locks) {
      checkReentry(this.#namespace, lock, owner);
      checkLease(lock.claim.name, leaseMs);
    }
  }

  #tryOne({ claim }: Lockable, signal: AbortSignal | undefined): Promise<Grant | undefined> {
    const { name, ...asked } = claim;
    return this.#waits.write({ signal }, (m) =>
      this.#namespace.claims.tryAcquire(name, { ...m, ...asked }),
    );
  }

  #hold(grants: readonly Grant[], { owner, leaseMs }: LockOptions): MultiLease {
    const lease = new MultiLease(this.#namespace, grants, leaseMs);
    if (owner !== undefined) {
      for (const [i, one] of lease.leases.entries()) holdAs(owner, this.#id(i), one);
    }
    return lease;
  }

  async #giveBack(grants: Iterable<Grant>): Promise<void> {
    const leases = [...grants].map((grant) => new Lease(this.#namespace, grant));
    // What cannot be given back ends with the session.
    await Promise.allSettled(leases.map((lease) => lease.release()));
  }

  #id(place: number): string {
    return lockId(this.#namespace, this.#locks[place]?.claim.name ?? "");
  }
}

function byName(one: Lockable, other: Lockable): number {
  return one.claim.name < other.claim.name ? -1 : 1;
}
