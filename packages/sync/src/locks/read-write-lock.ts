import type { ClaimView, Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { ClaimLock, type Lockable, type LockOptions } from "./claim-lock.ts";
import { reentrant } from "./held-here.ts";
import { Lease } from "./lease.ts";

/** More than there can be readers: a writer takes them all. */
const CAPACITY = 1_000_000;

/** The writer's hold, which may become a reader's. */
export class WriteLease extends Lease {
  /**
   * From now on a reader's hold: other readers come in, and no writer got in between. Rejects with a `SyncError`
   * `not-owner` if it is no longer held.
   */
  async downgrade(wait: Wait = {}): Promise<void> {
    await this.shrink(1, wait);
  }
}

export interface ReadWriteView {
  readonly readers: ClaimView["holders"];
  /** At most one. */
  readonly writers: ClaimView["holders"];
  /** Who waits, in order. */
  readonly queue: readonly { readonly requestId: string; readonly mode: "read" | "write" }[];
}

/**
 * Many readers or one writer, over all processes of the run.
 *
 * Order: first come, first served for both: readers at the head of the queue enter together, a reader behind a waiting
 * writer waits, so neither side starves. A writer may go on as a reader; a reader must let go before it writes, because
 * two that waited for each other's reading to end would wait for ever: asking for that rejects with `upgrade`.
 * Crash: each hold ends with the session of its own process; the living readers do not keep a dead one's alive.
 * Cost: as a mutex; a run of k readers enters with one announcement for each process.
 *
 * The claim queue with a million permits, of which a reader takes one and a writer all.
 */
export class ReadWriteLock {
  /** The reader's side, for a `MultiLock`. */
  readonly reading: Lockable;
  /** The writer's side, for a `MultiLock`. */
  readonly writing: Lockable;
  readonly #namespace: Namespace;
  readonly #reads: ClaimLock<Lease>;
  readonly #writes: ClaimLock<WriteLease>;

  constructor(namespace: Namespace, name: string) {
    const title = `read-write lock "${name}"`;
    const claim = { name: `read-write-lock:${name}`, capacity: CAPACITY };
    this.reading = {
      title,
      claim: { ...claim, permits: 1 },
      // Also for a reader: a writer may have come in between, and would wait for the first hold to end.
      refusal: () => reentrant(title),
    };
    this.writing = {
      title,
      claim: { ...claim, permits: CAPACITY },
      refusal: (held) => (held < CAPACITY ? upgrade(title) : reentrant(title)),
    };
    this.#namespace = namespace;
    this.#reads = new ClaimLock(namespace, (grant: Grant) => new Lease(namespace, grant));
    this.#writes = new ClaimLock(namespace, (grant: Grant) => new WriteLease(namespace, grant));
  }

  /** Waits until it may read. Rejects with a `SyncError`: `timeout`; `reentrant`; `session-lost`. */
  read(options: LockOptions = {}): Promise<Lease> {
    return this.#reads.acquire(this.reading, options);
  }

  /** Waits until it alone may write. Rejects as {@link ReadWriteLock.read}, and with `upgrade` for who holds it to read. */
  write(options: LockOptions = {}): Promise<WriteLease> {
    return this.#writes.acquire(this.writing, options);
  }

  /** `undefined` if a writer holds it or anybody waits; with `timeoutMs`, if it is not to be had by then. */
  tryRead(options: LockOptions = {}): Promise<Lease | undefined> {
    return this.#reads.tryAcquire(this.reading, options);
  }

  /** `undefined` if anybody holds it or waits; with `timeoutMs`, if it is not to be had by then. */
  tryWrite(options: LockOptions = {}): Promise<WriteLease | undefined> {
    return this.#writes.tryAcquire(this.writing, options);
  }

  /** Does the work as a reader; resolves and rejects as `Mutex.run` does. */
  runReading<T>(work: (lease: Lease) => T | Promise<T>, options: LockOptions = {}): Promise<T> {
    return this.#reads.run(this.reading, options, work);
  }

  /** Does the work as the writer; resolves and rejects as `Mutex.run` does. */
  runWriting<T>(
    work: (lease: WriteLease) => T | Promise<T>,
    options: LockOptions = {},
  ): Promise<T> {
    return this.#writes.run(this.writing, options, work);
  }

  /** Who reads, who writes and who waits. */
  async inspect(wait: Wait = {}): Promise<ReadWriteView> {
    const { holders, queue } = await runWaits(this.#namespace).wait(wait, (w) =>
      this.#namespace.claims.inspect(this.reading.claim.name, w),
    );
    return {
      readers: holders.filter(({ permits }) => permits < CAPACITY),
      writers: holders.filter(({ permits }) => permits === CAPACITY),
      queue: queue.map(({ requestId, permits }) => ({
        requestId,
        mode: permits === CAPACITY ? "write" : "read",
      })),
    };
  }
}

function upgrade(title: string): SyncError {
  return new SyncError(
    "upgrade",
    `${title} is held to read by who asks to write, and two such would wait for each other; let go first, or write from the start and downgrade`,
  );
}
