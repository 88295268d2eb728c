import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { linkSignals } from "../on-abort.ts";
import { runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { checkReentry, type Lockable, runLeased } from "./claim-lock.ts";
import { lockId, runHolding } from "./held-here.ts";
import { Lease } from "./lease.ts";

/** All the locks of a {@link MultiLock}, held together. */
export class MultiLease implements AsyncDisposable {
  /** One for each lock, in the order they were given. Releasing one lets the others go on. */
  readonly leases: readonly Lease[];
  /** Aborts when any of them is lost. */
  readonly lost: AbortSignal;

  constructor(leases: readonly Lease[]) {
    this.leases = leases;
    const { signal, release } = linkSignals(leases.map(({ lost }) => lost));
    this.lost = signal;
    let held = leases.length;
    for (const lease of leases) {
      lease.onEnd(() => {
        if (--held === 0) release();
      });
    }
  }

  /** The fencing token of each lock, in the order they were given. */
  get tokens(): readonly Grant["token"][] {
    return this.leases.map(({ token }) => token);
  }

  /** Gives all of them back; true if every one was still held. */
  async release(wait: Wait = {}): Promise<boolean> {
    const released = await Promise.all(this.leases.map((lease) => lease.release(wait)));
    return released.every((one) => one);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/**
 * Several locks of one run at once: all or none.
 *
 * Order: one place in every queue, taken in one step with one ticket, so that any two requests stand in the same order
 * wherever they meet. Nobody holds some while waiting for others, hence no deadlock, in whatever order locks are named.
 * Crash: as each of the locks; a dead waiter leaves every queue.
 * Cost: one exchange to queue and to be granted, one a lock to give back. A request at the head of one queue keeps that
 * lock idle until it is at the head of all: name few.
 *
 * Enqueueing in all queues at once replaces the acquire, fail, release and retry of client-side multi-locks.
 */
export class MultiLock {
  readonly #namespace: Namespace;
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
    this.#locks = locks;
  }

  /** Waits until all are granted. Rejects as the `lock` of the mutex does, then holding none. */
  async lock(wait: Wait = {}): Promise<MultiLease> {
    for (const lock of this.#locks) checkReentry(this.#namespace, lock, undefined);
    const claims = this.#locks.map(({ claim }) => claim);
    const grants = await runWaits(this.#namespace).write(wait, (m) =>
      this.#namespace.claims.acquireAll(claims, m),
    );
    return new MultiLease(grants.map((grant) => new Lease(this.#namespace, grant)));
  }

  /** Does the work while it holds all of them; resolves and rejects as `Mutex.run` does. */
  async run<T>(work: (lease: MultiLease) => T | Promise<T>, wait: Wait = {}): Promise<T> {
    const lease = await this.lock(wait);
    const holds = lease.leases.map(
      (one, i) => [lockId(this.#namespace, this.#locks[i]?.claim.name ?? ""), one] as const,
    );
    const title = this.#locks.map(({ title }) => title).join(", ");
    return runLeased(title, lease, () => runHolding(holds, async () => work(lease)));
  }
}
