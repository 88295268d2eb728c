import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { nameIn, requestOf } from "../named-request.ts";
import { linkSignals } from "../on-abort.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { runLeased } from "./claim-lock.ts";
import {
  type Announcements,
  announcements,
  electionName,
  type Leader,
} from "./leader-announcements.ts";
import { LeaderWatch } from "./leader-watch.ts";
import { Lease } from "./lease.ts";

/** What fits into a request id beside the id itself. */
const MAX_CANDIDATE_BYTES = 90;

export interface ElectionOptions<T> {
  /** What others know the candidate by, up to 90 bytes when escaped as in a URL; a fresh id unless given. */
  readonly candidate?: string | undefined;
  /** Called when this candidate has become the leader; then {@link ElectionOptions.onDeposed}, and so on in turn. */
  readonly onElected?: ((leadership: Leadership<T>) => void) | undefined;
  /** Called when it is the leader no more: it resigned, or can no longer prove that it leads. */
  readonly onDeposed?: ((leadership: Leadership<T>) => void) | undefined;
}

export interface RunElection<T> extends Wait {
  /** What observers learn of the leader. */
  readonly payload: T;
  /** Campaigns again, behind the other candidates, when the work is done, until the signal ends it; once unless given. */
  readonly requeue?: boolean | undefined;
}

/** Being the leader, for one term. Given up by `release`, `await using` or {@link LeaderElection.resign}. */
export class Leadership<T> extends Lease {
  readonly payload: T;
  readonly #announcements: Announcements<T>;

  constructor(namespace: Namespace, grant: Grant, announced: Announcements<T>, payload: T) {
    super(namespace, grant);
    this.payload = payload;
    this.#announcements = announced;
  }

  /** Fencing token: greater than that of every term before it. */
  get term(): number {
    return this.token.n;
  }

  protected override leave(wait: Wait): Promise<void> {
    return this.#announcements.vacant(this.term, wait);
  }
}

/**
 * One leader at a time among the candidates of a name, over all processes of the run.
 *
 * Order: candidates lead in the order in which they began to campaign; a candidate that leaves the middle elects nobody.
 * Crash: a leader that dies, or cannot prove for the life of its session (15 s unless configured) that it lives, leads no
 * more: `lost` of its leadership says so before the next one is elected. It does not campaign again by itself.
 * Observers see terms only grow; of several that passed between two looks, the last. A leader that crashed is shown until
 * its session has ended, also if there is no other candidate.
 * Cost: four exchanges to be elected and four to resign, with one announcement to the next candidate and one to every
 * observing process for each, however many candidates wait.
 *
 * A mutex whose token is the term, and a register that says who leads: etcd's election, on the claim queue.
 */
export class LeaderElection<T = null> {
  readonly candidate: string;
  readonly #title: string;
  readonly #claim: string;
  readonly #namespace: Namespace;
  readonly #options: ElectionOptions<T>;
  readonly #waits: RunWaits;
  readonly #announcements: Announcements<T>;
  readonly #watch: LeaderWatch<T>;
  #candidacy: AbortController | undefined;
  #leadership: Leadership<T> | undefined;

  constructor(namespace: Namespace, name: string, options: ElectionOptions<T> = {}) {
    this.candidate = options.candidate ?? namespace.requestId();
    checkCandidate(this.candidate);
    this.#title = `election "${name}"`;
    this.#claim = electionName(name);
    this.#namespace = namespace;
    this.#options = options;
    this.#waits = runWaits(namespace);
    this.#announcements = announcements(namespace, name);
    this.#watch = new LeaderWatch(namespace, electionName(name));
  }

  /** Whether this candidate leads, as far as it can prove. */
  get isLeader(): boolean {
    return this.#leadership?.isHeld === true;
  }

  /**
   * Waits to be elected; observers learn the payload. Rejects with a `SyncError`: `timeout`; `reentrant` when this
   * candidate campaigns or leads already; `closed` when it resigned meanwhile; `session-lost` when it was taken for dead.
   */
  async campaign(payload: T, wait: Wait = {}): Promise<Leadership<T>> {
    if (this.#candidacy !== undefined) throw this.#campaigns();
    const candidacy = new AbortController();
    this.#candidacy = candidacy;
    const link = linkSignals([wait.signal, candidacy.signal]);
    try {
      return await this.#stand(payload, { ...wait, signal: link.signal });
    } catch (error) {
      this.#candidacy = undefined;
      throw error;
    } finally {
      link.release();
    }
  }

  /** Ends the leadership, or withdraws the candidacy. False if there was neither. */
  async resign(wait: Wait = {}): Promise<boolean> {
    if (this.#leadership !== undefined) return this.#leadership.release(wait);
    this.#candidacy?.abort(
      new SyncError("closed", `${this.#title}: candidate "${this.candidate}" withdrew`),
    );
    return this.#candidacy !== undefined;
  }

  /** Campaigns, and does the work while it leads; resolves when the work is done, and rejects as `Mutex.run` does. */
  async run(
    work: (leadership: Leadership<T>) => unknown,
    { payload, requeue = false, ...wait }: RunElection<T>,
  ): Promise<void> {
    do {
      const leadership = await this.campaign(payload, wait);
      await runLeased(this.#title, leadership, async () => work(leadership));
    } while (requeue);
  }

  /** The leader now, and whoever follows; `undefined` while there is none. Ends when the caller leaves the loop. */
  observe(wait: Wait = {}): AsyncIterable<Leader<T> | undefined> {
    return this.#waits.follow(wait, (w) => this.#watch.follow(w));
  }

  /** Who takes part: the leader first, then the others in the order in which they would be elected. */
  async participants(wait: Wait = {}): Promise<readonly string[]> {
    const view = await this.#waits.wait(wait, (w) =>
      this.#namespace.claims.inspect(this.#claim, w),
    );
    return [...view.holders, ...view.queue].map(({ requestId }) => nameIn(requestId) ?? requestId);
  }

  async #stand(payload: T, wait: Wait): Promise<Leadership<T>> {
    const requestId = requestOf(this.#namespace.requestId(), this.candidate);
    const grant = await this.#waits.wait(wait, (w) =>
      this.#namespace.claims.acquire(this.#claim, { ...w, requestId, capacity: 1 }),
    );
    const leadership = new Leadership(this.#namespace, grant, this.#announcements, payload);
    try {
      await this.#waits.wait(wait, (w) =>
        this.#announcements.elected({ leader: this.candidate, term: grant.token.n, payload }, w),
      );
      leadership.lost.throwIfAborted();
      this.#lead(leadership);
    } catch (error) {
      await leadership.release().catch(() => {});
      throw error;
    }
    return leadership;
  }

  #lead(leadership: Leadership<T>): void {
    const { onElected, onDeposed } = this.#options;
    this.#leadership = leadership;
    onElected?.(leadership);
    leadership.onEnd(() => {
      this.#leadership = undefined;
      this.#candidacy = undefined;
      // By itself, so that what it throws does not keep the lease from being given back.
      if (onDeposed !== undefined) queueMicrotask(() => onDeposed(leadership));
    });
  }

  #campaigns(): SyncError {
    return new SyncError(
      "reentrant",
      `${this.#title}: candidate "${this.candidate}" ${this.isLeader ? "leads" : "campaigns"} already; resign first, or use another LeaderElection`,
    );
  }
}

function checkCandidate(candidate: string): void {
  const bytes = encodeURIComponent(candidate).length;
  if (bytes > 0 && bytes <= MAX_CANDIDATE_BYTES) return;
  throw new SyncError(
    "range",
    `candidate "${candidate.slice(0, 40)}" takes ${bytes} bytes when escaped as in a URL; a name takes 1 to ${MAX_CANDIDATE_BYTES}`,
  );
}
