import type { SyncError } from "../error.ts";
import { ClaimQueue, type Queued } from "./claim-queue.ts";

interface LiveSession {
  /** The run it is of. */
  readonly base: string;
  readonly lost: (error: SyncError) => void;
}

/** The sessions and claim queues of all runs. What a session holds and waits for goes the moment it ends. */
export class ClaimState {
  /** Called with each session that ends. */
  readonly ended: Set<(session: string) => void> = new Set();
  readonly #now: () => number;
  readonly #queues = new Map<string, ClaimQueue>();
  readonly #sessions = new Map<string, LiveSession>();
  readonly #timers = new Map<ClaimQueue, NodeJS.Timeout>();

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(id: string, session: LiveSession): void {
    this.#sessions.set(id, session);
  }

  isLive(session: string): boolean {
    return this.#sessions.has(session);
  }

  /** The error tells the session's process; without one it is the process itself that ends it. */
  end(id: string, error?: SyncError): void {
    const session = this.#sessions.get(id);
    if (!this.#sessions.delete(id)) return;
    for (const listener of this.ended) listener(id);
    const touched = [...this.#queues.values()].filter((queue) => endAllOf(queue, id));
    if (error !== undefined) session?.lost(error);
    this.settle(...touched);
  }

  /** Makes it if need be, and lets go in it of what has run out. */
  queue(key: string): ClaimQueue {
    const queue = this.#queues.get(key) ?? new ClaimQueue(key);
    this.#queues.set(key, queue);
    this.#expire(queue);
    return queue;
  }

  /** Lets in whoever's turn it is. To be called after whatever may have made room. */
  settle(...changed: readonly ClaimQueue[]): void {
    const work = [...changed];
    for (let queue = work.pop(); queue !== undefined; queue = work.pop()) {
      const taken = letIn(queue);
      work.push(...taken.filter((other) => other !== queue));
      this.#arm(queue);
    }
  }

  admit(queue: ClaimQueue, queued: Queued): number {
    return queue.admit(queued, this.#now());
  }

  /** Starts the lease of a request anew, if it has one. */
  extend(queue: ClaimQueue, requestId: string): void {
    const holder = queue.holders.get(requestId);
    if (holder?.leaseMs === undefined) return;
    queue.put({ ...holder, expiresAt: this.#now() + holder.leaseMs });
    this.#arm(queue);
  }

  /** Lets go of what has run out by the clock as it is now. */
  elapse(): void {
    for (const queue of this.#queues.values()) this.#expire(queue);
  }

  /** Removes what the run has; its sessions are lost by `gone`. */
  forget(base: string, isOfRun: (key: string) => boolean, gone: SyncError): void {
    for (const [key, queue] of [...this.#queues]) {
      if (!isOfRun(key)) continue;
      this.#queues.delete(key);
      clearTimeout(this.#timers.get(queue));
      this.#timers.delete(queue);
    }
    for (const [id, session] of [...this.#sessions]) {
      if (session.base !== base) continue;
      this.#sessions.delete(id);
      session.lost(gone);
    }
  }

  #expire(queue: ClaimQueue): void {
    const due = queue.due(this.#now());
    if (due.length === 0) return;
    for (const { requestId, lost } of due) {
      queue.end(requestId, "expired");
      lost(requestId);
    }
    this.settle(queue);
  }

  /** One timer a queue, for what runs out next in it. */
  #arm(queue: ClaimQueue): void {
    clearTimeout(this.#timers.get(queue));
    this.#timers.delete(queue);
    if (this.#queues.get(queue.key) !== queue) return;
    const left = queue.nextExpiry() - this.#now();
    if (left === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(
      () => {
        this.#expire(queue);
        if (this.#timers.get(queue) === timer) this.#arm(queue);
      },
      Math.max(1, left),
    );
    // What runs out unheard of keeps no process.
    if (queue.queue.size === 0) timer.unref();
    this.#timers.set(queue, timer);
  }
}

function letIn(queue: ClaimQueue): readonly ClaimQueue[] {
  const changed: ClaimQueue[] = [];
  for (;;) {
    const head = queue.head;
    if (head === undefined || !queue.fits(head.permits)) return changed;
    const taken = head.take();
    if (taken.length === 0) return changed;
    changed.push(...taken);
  }
}

function endAllOf(queue: ClaimQueue, session: string): boolean {
  const mine = [...queue.queue.values(), ...queue.holders.values()].filter(
    (request) => request.session === session,
  );
  for (const { requestId } of mine) queue.end(requestId, "session ended");
  return mine.length > 0;
}
