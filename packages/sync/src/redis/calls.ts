import { SyncError } from "../error.ts";
import { pending, type Wait } from "../wait.ts";

const SETTLED = new Error("the call was settled");

/** The calls under way. Each ends by its own work, its caller's patience, or the end of all. */
export class Calls {
  readonly #open = new Set<{ reject(error: unknown): void }>();
  readonly #failure: () => SyncError | undefined;
  #ended: { readonly error: Error } | undefined;

  /** `failure` says what is the matter with the connection at the moment, the cause of a call that runs out of time. */
  constructor(failure: () => SyncError | undefined) {
    this.#failure = failure;
  }

  /** Runs the work unless the caller has given up already. `stop` aborts once the call is settled in whatever way. */
  async run<T>(
    wait: Wait,
    describe: (timeoutMs: number) => string,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended.error;
    wait.signal?.throwIfAborted();
    const stop = new AbortController();
    const call = pending<T>(wait, describe, () => {
      this.#open.delete(call);
      stop.abort(SETTLED);
    });
    this.#open.add(call);
    work(stop.signal).then(call.resolve, call.reject);
    try {
      return await call.promise;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** Rejects every call under way, and every later one. */
  end(error: Error): void {
    this.#ended = { error };
    for (const call of [...this.#open]) call.reject(error);
  }

  #explained(error: unknown): unknown {
    const failure = this.#failure();
    const isLate = error instanceof SyncError && error.code === "timeout";
    if (!isLate || failure === undefined || error.cause !== undefined) return error;
    return new SyncError("timeout", error.message, { cause: failure });
  }
}
