import { AsyncLocalStorage } from "node:async_hooks";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { baseKey } from "../keys.ts";
import type { Lease } from "./lease.ts";

interface Frame {
  readonly lock: string;
  readonly lease: Lease;
  readonly outer: Frame | undefined;
}

const frames = new AsyncLocalStorage<Frame>();
const owned = new Map<string, Set<Lease>>();

/** Two handles with the same id are the same lock, also when two namespaces of the process opened its run. */
export function lockId({ store, scope }: Namespace, claim: string): string {
  return JSON.stringify([store.name, baseKey(scope), claim]);
}

/** Runs the work as the holder of locks, so that a request for one of them from inside is known for what it is. */
export function runHolding<T>(
  holds: readonly (readonly [lock: string, lease: Lease])[],
  work: () => Promise<T>,
): Promise<T> {
  const inner = holds.reduce<Frame | undefined>(
    (outer, [lock, lease]) => ({ lock, lease, outer }),
    frames.getStore(),
  );
  return inner === undefined ? work() : frames.run(inner, work);
}

/** The lease is held under the owner's name until it ends. */
export function holdAs(owner: string, lock: string, lease: Lease): void {
  const key = ownerKey(owner, lock);
  const leases = owned.get(key) ?? new Set();
  owned.set(key, leases.add(lease));
  lease.onEnd(() => {
    leases.delete(lease);
    if (leases.size === 0 && owned.get(key) === leases) owned.delete(key);
  });
}

/** How many permits of the lock the calling code, or the owner it names, holds already. */
export function permitsHeld(lock: string, owner: string | undefined): number {
  const leases = new Set(owner === undefined ? [] : owned.get(ownerKey(owner, lock)));
  for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
    if (frame.lock === lock) leases.add(frame.lease);
  }
  return [...leases].reduce((sum, { isHeld, permits }) => sum + (isHeld ? permits : 0), 0);
}

/** What a request says that could only wait for its own caller. */
export function reentrant(title: string): SyncError {
  return new SyncError(
    "reentrant",
    `${title} is asked for by who holds it already, and would wait for ever; use the lease that is held`,
  );
}

function ownerKey(owner: string, lock: string): string {
  return JSON.stringify([owner, lock]);
}
