/**
 * The life of one process in one run. What it claims is bound to it: once the store has not heard of it for its time
 * to live, any other process of the run gives all that back.
 */
export interface Session {
  readonly id: string;
  /**
   * Aborts with a `SessionLostError` when being alive can no longer be proven: a tenth of the time to live before the
   * store may give up on it, by this process' own clock, or when the store says so. Never comes back.
   */
  readonly lost: AbortSignal;
  /** Ends it now: what it holds and waits for is given back, as if its process had died. */
  end(): Promise<void>;
}
