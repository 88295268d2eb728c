import type { StoreSessions } from "./atoms/liveness.ts";
import { pending, type Wait } from "./wait.ts";

/**
 * How a process and its store stand to each other:
 * - `connected`: the store answers
 * - `doubtful`: it does not, and what this process holds may soon be another's
 * - `lost`: so it is now: a session of this process was given up, or the connection for good
 * - `closed`: this process has closed the store
 */
export type StoreStatus = "connected" | "doubtful" | "lost" | "closed";

interface Reported {
  readonly status: StoreStatus;
  next?: Reported;
}

/** The status of one store, and everybody who follows it. */
export class StatusFeed {
  #last: Reported = { status: "connected" };
  readonly #wakers = new Set<() => void>();

  get now(): StoreStatus {
    return this.#last.status;
  }

  /** Says it to all followers, unless it is what they were told last. Nothing comes after `closed`. */
  report(status: StoreStatus): void {
    if (status === this.now || this.now === "closed") return;
    const reported: Reported = { status };
    this.#last.next = reported;
    this.#last = reported;
    for (const wake of [...this.#wakers]) wake();
  }

  /** The status now and every one that follows, in order, also to a slow reader; ends with `closed`. */
  async *follow(wait: Wait = {}): AsyncGenerator<StoreStatus, void, void> {
    let at = this.#last;
    for (;;) {
      yield at.status;
      if (at.status === "closed") return;
      at = at.next ?? (await this.#after(at, wait));
    }
  }

  async #after(at: Reported, wait: Wait): Promise<Reported> {
    const change = pending<Reported>(
      wait,
      (ms) => `the store was ${at.status} for ${ms} ms`,
      () => this.#wakers.delete(wake),
    );
    const wake = (): void => {
      if (at.next !== undefined) change.resolve(at.next);
    };
    this.#wakers.add(wake);
    return change.promise;
  }
}

/** The same sessions; `lost` is called when one is lost that this process has not ended itself. */
export function reportingLosses(sessions: StoreSessions, lost: () => void): StoreSessions {
  return {
    ...sessions,
    open: (ttlMs, onLost, wait) => {
      const told: typeof onLost = (error) => {
        onLost(error);
        if (error.code !== "closed") lost();
      };
      return sessions.open(ttlMs, told, wait);
    },
  };
}
