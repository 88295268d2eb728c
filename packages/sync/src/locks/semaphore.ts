import type { ClaimView } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { ClaimLock, type Lockable, type LockOptions } from "./claim-lock.ts";
import { reentrant } from "./held-here.ts";
import { Lease } from "./lease.ts";

export interface SemaphoreOptions extends LockOptions {
  /** How many permits to take, all or none; 1 unless given. */
  readonly permits?: number | undefined;
}

/**
 * At most `capacity` permits are out at a time, over all processes of the run.
 *
 * Order: first come, first served, strictly: a request that does not fit yet holds up those behind it, so that large ones
 * do not starve. Permits are taken all or none. {@link Semaphore.tryAcquire} never overtakes who waits.
 * Crash: permits of a holder that dies come back when its session ends (15 s unless configured); none are ever lost, and
 * none are given back twice, because a release names the request it ends.
 * Capacity: the first use of the name sets it for the run; another number rejects with `mismatch`.
 * Cost: two exchanges a hold and one announcement a hand-over, however many wait.
 *
 * The claim queue itself. Tokens of holders at the same time differ, and increase in the order of admission.
 */
export class Semaphore {
  /** What the first use of the name declared. */
  readonly capacity: number;
  readonly #name: string;
  readonly #claim: string;
  readonly #namespace: Namespace;
  readonly #lock: ClaimLock<Lease>;

  constructor(namespace: Namespace, name: string, capacity: number) {
    this.capacity = capacity;
    this.#name = name;
    this.#claim = `semaphore:${name}`;
    this.#namespace = namespace;
    this.#lock = new ClaimLock(namespace, (grant) => new Lease(namespace, grant));
  }

  /**
   * Waits for its turn and for the permits. Rejects with a `SyncError`: `timeout`; `range` for less than 1 permit or more
   * than there are; `mismatch`; `session-lost` when this process was taken for dead.
   */
  async acquire({ permits = 1, ...options }: SemaphoreOptions = {}): Promise<Lease> {
    return this.#lock.acquire(this.share(permits), options);
  }

  /** `undefined` if the permits are not to be had at once or somebody waits; with `timeoutMs`, if they are not by then. */
  async tryAcquire({ permits = 1, ...options }: SemaphoreOptions = {}): Promise<Lease | undefined> {
    return this.#lock.tryAcquire(this.share(permits), options);
  }

  /** Does the work while it holds the permits; resolves and rejects as `Mutex.run` does. */
  async run<T>(
    work: (lease: Lease) => T | Promise<T>,
    { permits = 1, ...options }: SemaphoreOptions = {},
  ): Promise<T> {
    return this.#lock.run(this.share(permits), options, work);
  }

  /** Some of its permits, to be locked together with other locks by a `MultiLock`. */
  share(permits: number): Lockable {
    const title = `semaphore "${this.#name}"`;
    return {
      title,
      claim: { name: this.#claim, capacity: this.capacity, permits },
      refusal: (held) => (held + permits > this.capacity ? reentrant(title) : undefined),
    };
  }

  /** How many permits are not out now. */
  async available(wait: Wait = {}): Promise<number> {
    return (await this.inspect(wait)).free;
  }

  /**
   * Changes how many permits there are, for everybody; who uses the semaphore goes on naming the number it began with.
   * More are granted at once; fewer than are out take nothing away, and only stop further grants.
   */
  setCapacity(capacity: number, wait: Wait = {}): Promise<void> {
    return runWaits(this.#namespace).write(wait, (m) =>
      this.#namespace.claims.resize(this.#claim, capacity, m),
    );
  }

  /** Who holds how many permits and who waits for how many, in order. */
  inspect(wait: Wait = {}): Promise<ClaimView> {
    return runWaits(this.#namespace).wait(wait, (w) =>
      this.#namespace.claims.inspect(this.#claim, w),
    );
  }
}
