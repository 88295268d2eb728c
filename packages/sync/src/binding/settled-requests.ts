import { partsOf, type Settled } from "../atoms/settled.ts";
import type { Mutation } from "../atoms/store.ts";
import { SyncError } from "../error.ts";

/** How many requests are settled before the store is told, so that telling it costs next to nothing. */
const TOLD_FROM = 64;
const TOLD_AT_ONCE = 1_000;

/** Refusals that are answers: after these too, a request is not sent again. */
const ANSWERS: ReadonlySet<string> = new Set(["conflict", "mismatch", "range"]);

/** The requests of one namespace on one object of the store. */
class ObjectRequests {
  /** Those under way, each with how many calls wait for it. */
  readonly #open = new Map<number, number>();
  /** The store has been told that those below need not be remembered. */
  #below = 0;
  #settled: number[] = [];
  /** Numbers below the bound that were sent all the same: the store remembers them for good. */
  readonly #late = new Set<number>();
  readonly #kept = new Set<number>();

  begin(n: number): Settled | undefined {
    this.#open.set(n, (this.#open.get(n) ?? 0) + 1);
    if (n < this.#below) {
      this.#late.add(n);
      return "late";
    }
    return this.#settled.length < TOLD_FROM ? undefined : this.#tell();
  }

  end(n: number, isAnswered: boolean): void {
    const calls = (this.#open.get(n) ?? 1) - 1;
    if (calls > 0) this.#open.set(n, calls);
    else this.#open.delete(n);
    if (isAnswered && calls === 0) this.#settle(n);
  }

  /** To be remembered until {@link ObjectRequests.over}. */
  keep(n: number): void {
    this.#kept.add(n);
  }

  over(n: number): void {
    if (this.#kept.delete(n)) this.#settle(n);
  }

  /** The store may not have heard. */
  untold(settled: Settled | undefined): void {
    if (settled === undefined || settled === "late") return;
    const [, numbers = ""] = settled.split(":");
    this.#settled.push(...numbers.split(",").map(Number));
  }

  #settle(n: number): void {
    if (!this.#late.has(n)) this.#settled.push(n);
  }

  #tell(): Settled | undefined {
    let below = Number.POSITIVE_INFINITY;
    for (const n of this.#open.keys()) below = Math.min(below, n);
    const isTold = (n: number, told: number): boolean => n < below && told < TOLD_AT_ONCE;
    const told: number[] = [];
    const rest: number[] = [];
    for (const n of this.#settled) (isTold(n, told.length) ? told : rest).push(n);
    if (told.length === 0) return undefined;
    this.#settled = rest;
    this.#below = Math.max(this.#below, below);
    return `${this.#below}:${told.join(",")}`;
  }
}

/**
 * What a namespace has sent and need not send again. It tells the store with the next request on the same object, which
 * then remembers, of however many requests, those of the last moments only, and refuses late copies of the others.
 */
export class SettledRequests {
  readonly #sender: string;
  readonly #objects = new Map<string, ObjectRequests>();

  /** `sender`: what the ids of the namespace begin with. */
  constructor(sender: string) {
    this.#sender = sender;
  }

  /** Does it, and takes it for settled once it is answered. */
  send<M extends Mutation, T>(
    key: string,
    mutation: M,
    operation: (mutation: M) => Promise<T>,
  ): Promise<T> {
    return this.#send(key, mutation, operation, true);
  }

  /** As {@link SettledRequests.send}, for what is to be remembered until {@link SettledRequests.over}. */
  open<M extends Mutation, T>(
    key: string,
    mutation: M,
    operation: (mutation: M) => Promise<T>,
  ): Promise<T> {
    return this.#send(key, mutation, operation, false);
  }

  over(key: string, requestId: string): void {
    const n = this.#numberOf(requestId);
    if (n !== undefined) this.#objects.get(key)?.over(n);
  }

  async #send<M extends Mutation, T>(
    key: string,
    mutation: M,
    operation: (mutation: M) => Promise<T>,
    isOverThen: boolean,
  ): Promise<T> {
    const n = this.#numberOf(mutation.requestId);
    if (n === undefined) return operation(mutation);
    const requests = this.#requestsOn(key);
    const settled = requests.begin(n);
    try {
      const result = await operation(settled === undefined ? mutation : { ...mutation, settled });
      requests.end(n, isOverThen);
      if (!isOverThen) requests.keep(n);
      return result;
    } catch (error) {
      requests.untold(settled);
      requests.end(n, isOverThen && error instanceof SyncError && ANSWERS.has(error.code));
      throw error;
    }
  }

  #requestsOn(key: string): ObjectRequests {
    const requests = this.#objects.get(key) ?? new ObjectRequests();
    this.#objects.set(key, requests);
    return requests;
  }

  #numberOf(requestId: string): number | undefined {
    const parts = partsOf(requestId);
    return parts?.sender === this.#sender ? parts.n : undefined;
  }
}
