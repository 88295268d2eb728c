import { type Pending, pending, type Wait } from "../wait.ts";

interface Shared<T> {
  readonly waiters: Set<Pending<T>>;
  readonly stop: AbortController;
}

/** Waits of many callers for the same thing, kept by the service as one. It ends there when nobody waits any more. */
export class SharedWaits<T> {
  readonly #running = new Map<string, Shared<T>>();

  /** Joins the wait for `what`, or starts it. */
  wait(
    what: string,
    wait: Wait,
    describe: (timeoutMs: number) => string,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const shared = this.#running.get(what) ?? this.#start(what, start);
    const waiter = pending<T>(wait, describe, () => {
      shared.waiters.delete(waiter);
      if (shared.waiters.size === 0) this.#end(what, shared);
    });
    shared.waiters.add(waiter);
    return waiter.promise;
  }

  #start(what: string, start: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const shared: Shared<T> = { waiters: new Set(), stop: new AbortController() };
    this.#running.set(what, shared);
    start(shared.stop.signal).then(
      (value) => this.#settle(what, shared, (waiter) => waiter.resolve(value)),
      (error: unknown) => this.#settle(what, shared, (waiter) => waiter.reject(error)),
    );
    return shared;
  }

  #settle(what: string, shared: Shared<T>, finish: (waiter: Pending<T>) => void): void {
    if (this.#running.get(what) === shared) this.#running.delete(what);
    for (const waiter of [...shared.waiters]) finish(waiter);
  }

  #end(what: string, shared: Shared<T>): void {
    if (this.#running.get(what) === shared) this.#running.delete(what);
    shared.stop.abort();
  }
}
