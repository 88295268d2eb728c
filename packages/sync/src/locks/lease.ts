import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { onAbort } from "../on-abort.ts";
import type { Wait } from "../wait.ts";

/**
 * What a holder holds: given back by {@link Lease.release}, by `await using`, or, when its process dies, by the store
 * within the time to live of the session.
 */
export class Lease implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #grant: Grant;
  readonly #releaseId: string;
  readonly #endings = new Set<() => void>();
  #permits: number;
  #hasEnded = false;
  #releasing: Promise<boolean> | undefined;

  constructor(namespace: Namespace, grant: Grant) {
    this.#namespace = namespace;
    this.#grant = grant;
    this.#permits = grant.permits;
    this.#releaseId = namespace.requestId();
  }

  /**
   * Fencing token: greater than that of every hold before it. What the lock protects should refuse a token lower than
   * it has seen, because a holder that was paused learns late that it holds no more.
   */
  get token(): Grant["token"] {
    return this.#grant.token;
  }

  /** How many permits are held. */
  get permits(): number {
    return this.#permits;
  }

  /** Aborts when holding can no longer be proven. Pass it into the work that the lease protects. */
  get lost(): AbortSignal {
    return this.#grant.lost;
  }

  /** Whether it has neither been released nor lost, as far as this process can know. */
  get isHeld(): boolean {
    return !this.#hasEnded && !this.lost.aborted;
  }

  /** Starts an explicit lease (`leaseMs`) anew; false, and nothing changes, if it is no longer held. */
  async renew(): Promise<boolean> {
    return this.isHeld && this.#namespace.claims.renew(this.#grant);
  }

  /**
   * Gives it back, to whoever is next. True for the call that did so; false if it was no longer held, which disturbs no
   * later holder. Works in a run that was aborted, too. After an error it may be called again.
   */
  async release(wait: Wait = {}): Promise<boolean> {
    if (this.#releasing !== undefined) {
      await this.#releasing;
      return false;
    }
    // Before it is sent: what was given back is not renewed, and not used.
    this.#end();
    const releasing = this.#release(wait);
    this.#releasing = releasing;
    try {
      return await releasing;
    } catch (error) {
      this.#releasing = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Calls back once, when it is given back or lost, whichever is first; in a later microtask if it has been. */
  onEnd(callback: () => void): void {
    if (this.#hasEnded) {
      queueMicrotask(callback);
      return;
    }
    if (this.#endings.size === 0) onAbort(this.lost, () => this.#end());
    this.#endings.add(callback);
  }

  /** What a holder does last, when it no longer counts as one, before the next one can be. May fail. */
  protected async leave(_wait: Wait): Promise<void> {}

  /** Keeps `permits` of those held. */
  protected async shrink(permits: number, wait: Wait): Promise<void> {
    const requestId = this.#namespace.requestId();
    await this.#namespace.claims.shrink(this.#grant, permits, { ...wait, requestId });
    this.#permits = permits;
  }

  #end(): void {
    this.#hasEnded = true;
    for (const ending of this.#endings) ending();
    this.#endings.clear();
  }

  async #release(wait: Wait): Promise<boolean> {
    if (!this.lost.aborted) await this.leave(wait).catch(() => {});
    try {
      const requestId = this.#releaseId;
      return await this.#namespace.claims.release(this.#grant, { ...wait, requestId });
    } catch (error) {
      // A namespace that closes gives back what it held.
      if (this.lost.aborted || (error instanceof SyncError && error.code === "closed"))
        return false;
      throw error;
    }
  }
}
