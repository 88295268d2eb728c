import type { PutOutcome, QueuePut } from "../atoms/queues.ts";
import type { Mutation, Namespace } from "../atoms/store.ts";
import { ClaimLock, type Lockable } from "../locks/claim-lock.ts";
import { Lease } from "../locks/lease.ts";
import { remaining } from "../wait.ts";

/** An item, before it is known with which request it is put. */
export type ItemToPut = Omit<QueuePut, keyof Mutation>;

export interface PuttersOptions {
  readonly namespace: Namespace;
  /** For messages. */
  readonly title: string;
  readonly queue: string;
}

/** Those that put items in. Into a bounded queue they go by turns, so that who waits for room is the next to get it. */
export class ItemPutters {
  readonly #options: PuttersOptions;
  readonly #turn: Lockable;
  readonly #turns: ClaimLock<Lease>;

  constructor(options: PuttersOptions) {
    const { namespace, title, queue } = options;
    this.#options = options;
    this.#turn = {
      title,
      claim: { name: `put:${queue}`, capacity: 1, permits: 1 },
      refusal: () => undefined,
    };
    this.#turns = new ClaimLock(namespace, (grant) => new Lease(namespace, grant));
  }

  /** False if an item with the id is there already. */
  async put(item: ItemToPut, mutation: Mutation): Promise<boolean> {
    const outcome = await (item.shape.capacity === 0
      ? this.#ask(item, mutation)
      : this.#putInTurn(item, mutation));
    return outcome.type === "added";
  }

  async #putInTurn(item: ItemToPut, mutation: Mutation): Promise<PutOutcome> {
    const { namespace, queue } = this.#options;
    const began = performance.now();
    const turn = await this.#turns.acquire(this.#turn, mutation);
    try {
      for (;;) {
        const rest = remaining(mutation, began);
        const outcome = await this.#ask(item, { ...mutation, ...rest });
        if (outcome.type !== "full") return outcome;
        await namespace.queues.changed(queue, "space", outcome.changes, rest);
      }
    } finally {
      // A turn that cannot be given back ends with the session.
      await turn.release().catch(() => {});
    }
  }

  #ask(item: ItemToPut, mutation: Mutation): Promise<PutOutcome> {
    return this.#options.namespace.queues.put(this.#options.queue, { ...item, ...mutation });
  }
}
