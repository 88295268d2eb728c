import { setTimeout as sleep } from "node:timers/promises";
import { StatusFeed } from "../store-status.ts";

/** For so long a connection that has come back must hold until it counts as one. */
const SETTLE_MS = 500;

interface Observed {
  /** Whether there is a connection, and no call that has failed on it. */
  readonly isUp: () => boolean;
  /** Resolves when the server has answered. */
  readonly probe: () => Promise<unknown>;
}

/**
 * Turns what happens to a connection into the status of its store. A connection that comes and goes is one outage: it
 * ends when the server has answered on a connection that held.
 */
export class ConnectionStatus {
  readonly feed: StatusFeed = new StatusFeed();
  readonly #observed: Observed;
  #recovery: AbortController | undefined;

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  /** To be called whenever the connection or the success of calls has changed. */
  assess(): void {
    if (!this.#observed.isUp()) {
      this.#recovery?.abort();
      this.#recovery = undefined;
      if (this.feed.now === "connected") this.feed.report("doubtful");
    } else if (this.feed.now !== "connected" && this.#recovery === undefined) {
      this.#recovery = new AbortController();
      void this.#recover(this.#recovery.signal);
    }
  }

  /** A session was given up, whether by this process or by the server. */
  lost(): void {
    this.feed.report("lost");
    this.assess();
  }

  close(): void {
    this.#recovery?.abort();
    this.feed.report("closed");
  }

  async #recover(stop: AbortSignal): Promise<void> {
    try {
      await sleep(SETTLE_MS, undefined, { signal: stop, ref: false });
      await this.#observed.probe();
    } catch {
      // The connection is gone again, which is assessed by itself.
    }
    if (stop.aborted) return;
    this.#recovery = undefined;
    if (this.#observed.isUp()) this.feed.report("connected");
  }
}
