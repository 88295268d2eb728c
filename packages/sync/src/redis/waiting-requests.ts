import { type Pending, pending } from "../wait.ts";

/** What a waiting request is told: that it was granted, by its token, or that it is to ask again, now or in a while. */
export type News =
  | { readonly type: "granted"; readonly n: number }
  | { readonly type: "again" }
  | { readonly type: "later"; readonly ms: number };

export interface WaitingRequest {
  readonly requestId: string;
  readonly session: string;
  readonly keys: readonly string[];
}

interface Waiting extends WaitingRequest {
  readonly waiters: Set<Pending<News>>;
}

/** The requests of this process in one run that wait in claim queues. */
export class WaitingRequests {
  readonly #byId = new Map<string, Waiting>();

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  has(requestId: string): boolean {
    return this.#byId.has(requestId);
  }

  /** Until there are news, or `afterMs` have passed, if that is not negative. */
  async wait(request: WaitingRequest, afterMs: number, stop: AbortSignal): Promise<News> {
    const { requestId } = request;
    const waiting = this.#byId.get(requestId) ?? { ...request, waiters: new Set() };
    this.#byId.set(requestId, waiting);
    const waiter = pending<News>({ signal: stop }, String, () => {
      clearTimeout(timer);
      waiting.waiters.delete(waiter);
      if (waiting.waiters.size === 0) this.#byId.delete(requestId);
    });
    waiting.waiters.add(waiter);
    const timer =
      afterMs < 0 ? undefined : setTimeout(() => waiter.resolve({ type: "again" }), afterMs + 1);
    return waiter.promise;
  }

  tell(requestId: string, news: News): void {
    for (const waiter of [...(this.#byId.get(requestId)?.waiters ?? [])]) waiter.resolve(news);
  }

  /** Of one queue, or of several together. */
  requests(): readonly WaitingRequest[] {
    return [...this.#byId.values()];
  }

  reject(error: unknown, concerns: (request: WaitingRequest) => boolean = () => true): void {
    for (const waiting of [...this.#byId.values()]) {
      if (!concerns(waiting)) continue;
      for (const waiter of [...waiting.waiters]) waiter.reject(error);
    }
  }
}
