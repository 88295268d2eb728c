import { claimTimeout, requestIsOver } from "../atoms/claim-errors.ts";
import type { Claimant, KeyedClaim } from "../atoms/liveness.ts";
import { type Pending, pending } from "../wait.ts";
import type { ClaimQueue, Queued } from "./claim-queue.ts";
import type { ClaimState } from "./claim-state.ts";

/** A request for permits in one queue, or in several together. */
export interface Asked extends Claimant {
  readonly claims: readonly KeyedClaim[];
  readonly leaseMs?: number | undefined;
}

interface Entered {
  /** Each resolves with the token of each queue. */
  readonly waiters: Set<Pending<readonly number[]>>;
  leave(): void;
}

/** The requests of one process that wait for their turn, in one queue each or in several together. */
export class ClaimWaits {
  readonly #state: ClaimState;
  /** By request and queues: a request that is repeated waits once. */
  readonly #entered = new Map<string, Entered>();

  constructor(state: ClaimState) {
    this.#state = state;
  }

  /** Resolves with the token of each queue. */
  wait(asked: Asked, queues: readonly ClaimQueue[]): Promise<readonly number[]> {
    const [first] = queues;
    const { waiters, leave } = this.#enter(asked, queues);
    let ahead = 0;
    const waiter = pending<readonly number[]>(
      asked,
      (ms) => claimTimeout(first?.key ?? "", ahead, asked.patienceMs ?? ms),
      () => {
        ahead = first?.ahead(asked.requestId) ?? 0;
        waiters.delete(waiter);
        if (waiters.size === 0) leave();
      },
    );
    waiters.add(waiter);
    this.#state.settle(...queues);
    return waiter.promise;
  }

  #enter(asked: Asked, queues: readonly ClaimQueue[]): Entered {
    const id = [asked.requestId, ...queues.map(({ key }) => key)].join("|");
    const there = this.#entered.get(id);
    if (there !== undefined) return there;
    const state = this.#state;
    const waiters: Entered["waiters"] = new Set();
    const leave = (): void => {
      if (!this.#entered.delete(id)) return;
      for (const queue of queues) queue.end(asked.requestId, "cancelled");
      state.settle(...queues);
    };
    const requests = queues.map((queue, i): readonly [ClaimQueue, Queued] => [
      queue,
      {
        ...asked,
        permits: asked.claims[i]?.permits ?? 0,
        take: () => {
          if (!requests.every(([other, queued]) => isNext(other, queued))) return [];
          this.#entered.delete(id);
          const tokens = requests.map(([other, queued]) => state.admit(other, queued));
          for (const waiter of [...waiters]) waiter.resolve(tokens);
          return queues;
        },
        withdrawn: () => {
          for (const waiter of [...waiters])
            waiter.reject(requestIsOver(queue.key, asked.requestId));
        },
      },
    ]);
    for (const [queue, queued] of requests) queue.queue.set(asked.requestId, queued);
    const entered = { waiters, leave };
    this.#entered.set(id, entered);
    return entered;
  }
}

function isNext(queue: ClaimQueue, queued: Queued): boolean {
  return queue.head === queued && queue.fits(queued.permits);
}
