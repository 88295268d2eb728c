import { SyncError } from "../error.ts";

/** What one connection may take of the service. */
export interface ServiceLimits {
  /** How much may wait in memory for a client that does not read, in bytes. */
  readonly maxBufferedBytes: number;
  /** Requests without an answer, subscriptions and waits among them; as many runs may be open. */
  readonly maxRequests: number;
  readonly maxSubscriptions: number;
}

/** Counts what one connection has under way. */
export class RequestLimits {
  readonly #limits: ServiceLimits;
  #requests = 0;
  #streams = 0;

  constructor(limits: ServiceLimits) {
    this.#limits = limits;
  }

  /** Why one more cannot be taken on; `undefined` if it can. */
  refusal(isStream: boolean): SyncError | undefined {
    const { maxRequests, maxSubscriptions } = this.#limits;
    if (this.#requests >= maxRequests) {
      return tooMany(`${maxRequests} requests of this connection have no answer yet`);
    }
    if (isStream && this.#streams >= maxSubscriptions) {
      return tooMany(`this connection has ${maxSubscriptions} subscriptions`);
    }
    return undefined;
  }

  /** Takes one on; returns what to call when it is over. */
  enter(isStream: boolean): () => void {
    this.#requests++;
    if (isStream) this.#streams++;
    return () => {
      this.#requests--;
      if (isStream) this.#streams--;
    };
  }
}

function tooMany(what: string): SyncError {
  const message = `${what}, and that is the limit; end some, use another connection, or have the service take more`;
  return new SyncError("range", message);
}
