import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { linkSignals } from "../on-abort.ts";
import type { Wait } from "../wait.ts";
import { Lease } from "./lease.ts";

/** All the locks of a `MultiLock`, held together. */
export class MultiLease implements AsyncDisposable {
  /** One for each lock, in the order they were given. Releasing one lets the others go on. */
  readonly leases: readonly Lease[];
  /** Aborts when any of them is lost. */
  readonly lost: AbortSignal;
  readonly #expiry: Expiry | undefined;

  /** With `leaseMs` it ends by itself unless it is renewed. */
  constructor(namespace: Namespace, grants: readonly Grant[], leaseMs?: number) {
    const expiry = leaseMs === undefined ? undefined : new Expiry(namespace, grants, leaseMs);
    this.#expiry = expiry;
    this.leases = grants.map((grant) => leaseOf(namespace, grant, expiry?.signal));
    const { signal, release } = linkSignals(this.leases.map(({ lost }) => lost));
    this.lost = signal;
    let held = this.leases.length;
    for (const lease of this.leases) {
      lease.onEnd(() => {
        if (--held > 0) return;
        release();
        expiry?.stop();
      });
    }
  }

  /** The fencing token of each lock, in the order they were given. */
  get tokens(): readonly Grant["token"][] {
    return this.leases.map(({ token }) => token);
  }

  /** Starts the explicit lease (`leaseMs`) of all anew; false, and nothing changes, if any of them is no longer held. */
  async renew(): Promise<boolean> {
    const askedAt = performance.now();
    const renewed = await Promise.all(this.leases.map((lease) => lease.renew()));
    const isHeld = renewed.every((one) => one) && !this.lost.aborted;
    if (isHeld) this.#expiry?.begin(askedAt);
    return isHeld;
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
 * The end of a lease of several locks, which the store knows nothing of: it holds them for the session, and this process
 * gives them back in time.
 */
class Expiry {
  readonly #namespace: Namespace;
  readonly #grants: readonly Grant[];
  readonly #leaseMs: number;
  readonly #expired = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(namespace: Namespace, grants: readonly Grant[], leaseMs: number) {
    this.#namespace = namespace;
    this.#grants = grants;
    this.#leaseMs = leaseMs;
    this.begin(performance.now());
  }

  get signal(): AbortSignal {
    return this.#expired.signal;
  }

  /** `at`: by `performance.now`. */
  begin(at: number): void {
    clearTimeout(this.#timer);
    const left = at + this.#leaseMs - performance.now();
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, left)).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The holder learns first, so that nobody else holds what it still believes to be its own. */
  #expire(): void {
    const lost = `the lease of ${this.#leaseMs} ms was not renewed in time; renew it sooner, or take a longer one`;
    this.#expired.abort(new SyncError("not-owner", lost));
    for (const { name, requestId } of this.#grants) {
      // What cannot be told goes with the session.
      this.#namespace.claims.cancel(name, requestId).catch(() => {});
    }
  }
}

function leaseOf(namespace: Namespace, grant: Grant, expired: AbortSignal | undefined): Lease {
  if (expired === undefined) return new Lease(namespace, grant);
  const { signal, release } = linkSignals([grant.lost, expired]);
  const lease = new Lease(namespace, { ...grant, lost: signal });
  lease.onEnd(release);
  return lease;
}
