import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { holdAs, lockId, permitsHeld, runHolding } from "./held-here.ts";
import type { Lease } from "./lease.ts";

/** How to ask for a lock. */
export interface LockOptions extends Wait {
  /**
   * Milliseconds after which the hold ends unless it is renewed by then; unless given, it lasts as long as this process
   * lives and is heard of.
   */
  readonly leaseMs?: number | undefined;
  /**
   * Names the holder within this process: asking again under the name that holds the lock rejects with `reentrant`
   * instead of waiting for oneself. Calls without a name are strangers to each other, and queue.
   */
  readonly owner?: string | undefined;
}

/** Something that can be locked by itself or together with others: a mutex, permits of a semaphore, a side of a read-write lock. */
export interface Lockable {
  /** For messages: `mutex "disk"`. */
  readonly title: string;
  readonly claim: { readonly name: string; readonly capacity: number; readonly permits: number };
  /** Why somebody who holds `held` permits of it must not ask for it. */
  refusal(held: number): SyncError | undefined;
}

/** Why a request by this code, under this owner's name, could never be granted. */
export function checkReentry(
  namespace: Namespace,
  lock: Lockable,
  owner: string | undefined,
): void {
  const held = permitsHeld(lockId(namespace, lock.claim.name), owner);
  const refusal = held === 0 ? undefined : lock.refusal(held);
  if (refusal !== undefined) throw refusal;
}

/** Asks for locks of a run, and makes leases of what is granted. */
export class ClaimLock<L extends Lease> {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #leaseOf: (grant: Grant) => L;

  constructor(namespace: Namespace, leaseOf: (grant: Grant) => L) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#leaseOf = leaseOf;
  }

  async acquire(lock: Lockable, options: LockOptions): Promise<L> {
    checkReentry(this.#namespace, lock, options.owner);
    const { name, ...claim } = lock.claim;
    const grant = await this.#waits.write(asked(options), (m) =>
      this.#namespace.claims.acquire(name, { ...m, ...claim }),
    );
    return this.#hold(lock, grant, options.owner);
  }

  /** `undefined` if it is not to be had at once, or not within `timeoutMs` if that is given. */
  async tryAcquire(lock: Lockable, options: LockOptions): Promise<L | undefined> {
    if (options.timeoutMs !== undefined) return undefinedIfLate(this.acquire(lock, options));
    checkReentry(this.#namespace, lock, options.owner);
    const { name, ...claim } = lock.claim;
    const grant = await this.#waits.write(asked(options), (m) =>
      this.#namespace.claims.tryAcquire(name, { ...m, ...claim }),
    );
    return grant === undefined ? undefined : this.#hold(lock, grant, options.owner);
  }

  async run<T>(
    lock: Lockable,
    options: LockOptions,
    work: (lease: L) => T | Promise<T>,
  ): Promise<T> {
    const lease = await this.acquire(lock, options);
    const id = lockId(this.#namespace, lock.claim.name);
    return runLeased(lock.title, lease, () => runHolding([[id, lease]], async () => work(lease)));
  }

  #hold({ claim }: Lockable, grant: Grant, owner: string | undefined): L {
    const lease = this.#leaseOf(grant);
    if (owner !== undefined) holdAs(owner, lockId(this.#namespace, claim.name), lease);
    return lease;
  }
}

/**
 * Does the work, then gives the lease back. Rejects with the reason of the loss when it was lost before the work was
 * done: what was done then may have been done beside another holder's.
 */
export async function runLeased<T>(
  title: string,
  lease: { readonly lost: AbortSignal; release(): Promise<boolean> },
  work: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // Why the work failed says more than that its lease could not be given back; the end of the session does that.
    await lease.release().catch(() => {});
    throw error;
  }
  if (await lease.release()) return result;
  lease.lost.throwIfAborted();
  throw new SyncError(
    "not-owner",
    `${title} was taken away before the work that held it was done; its effects may mix with the next holder's`,
  );
}

function asked({ signal, timeoutMs, leaseMs }: LockOptions): Wait & Pick<LockOptions, "leaseMs"> {
  return leaseMs === undefined ? { signal, timeoutMs } : { signal, timeoutMs, leaseMs };
}

/** For who would rather do without than wait any longer. */
export async function undefinedIfLate<L>(request: Promise<L>): Promise<L | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof SyncError && error.code === "timeout") return undefined;
    throw error;
  }
}
