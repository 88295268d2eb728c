import { setTimeout as delay } from "node:timers/promises";
import type { Destination } from "./influx-delivery.ts";

/** What a writer could not deliver. */
export interface Loss {
  readonly lost: number;
  readonly points: number;
  /** Why the last of them was lost. */
  readonly reason: string;
}

/** When a writer sends, and when it gives up. */
export interface WriterPace {
  /** A batch goes out when so many points wait, or the first has waited `intervalMs`. */
  readonly flushAt: number;
  readonly intervalMs: number;
  readonly maxBatch: number;
  /** Points beyond are lost. */
  readonly maxQueue: number;
  /** The first pause after a failure; each next is twice as long, up to `maxRetryMs`. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** What closing may take, in at most three attempts that fail. */
  readonly closeMs: number;
}

/** What instances keep to. */
export const PACE: WriterPace = {
  flushAt: 128,
  intervalMs: 1_000,
  maxBatch: 5_000,
  maxQueue: 20_000,
  retryMs: 500,
  maxRetryMs: 10_000,
  closeMs: 2_000,
};

const LAST_ATTEMPTS = 3;
const LAST_PAUSE_MS = 100;

/**
 * Sends points in batches. A batch that fails is sent again until it is taken or the writer is closed; meanwhile points
 * wait in a bounded queue. A point that is sent twice stays one, as its time is part of it.
 */
export class InfluxWriter {
  readonly #destination: Destination;
  readonly #pace: WriterPace;
  readonly #closing = new AbortController();
  readonly #deadline = new AbortController();
  #queue: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #points = 0;
  #lost = 0;
  #reason = "";

  constructor(destination: Destination, pace: WriterPace = PACE) {
    this.#destination = destination;
    this.#pace = pace;
  }

  /** Takes a line of the line protocol. Never waits, never throws. */
  write(line: string): void {
    if (this.#closing.signal.aborted) return;
    this.#points++;
    if (this.#queue.length >= this.#pace.maxQueue) {
      this.#lose(1, this.#reason || "the queue is full");
      return;
    }
    this.#queue.push(line);
    this.#arm();
  }

  /** Sends what waits, within bounded time; tells what was lost since the writer was opened. */
  async close(): Promise<Loss> {
    this.#failures = 0;
    this.#closing.abort();
    // Also what keeps the process alive, as nothing else in here does.
    const deadline = setTimeout(() => this.#deadline.abort(), this.#pace.closeMs);
    try {
      await this.#sending;
      await this.#send();
    } finally {
      clearTimeout(deadline);
      clearTimeout(this.#timer);
      this.#destination.close();
    }
    return { lost: this.#lost, points: this.#points, reason: this.#reason };
  }

  #arm(): void {
    if (this.#sending !== undefined) return;
    if (this.#queue.length >= this.#pace.flushAt) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#pace.intervalMs).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0 && !this.#closing.signal.aborted) this.#arm();
    });
    // It never rejects.
    void this.#sending.catch(() => {});
  }

  /** Sends full batches while there are any; at the end, the rest too. */
  async #send(): Promise<void> {
    const isDue = (): boolean =>
      this.#queue.length >= this.#pace.flushAt || this.#closing.signal.aborted;
    do {
      const batch = this.#queue.slice(0, this.#pace.maxBatch);
      if (batch.length === 0) return;
      await this.#deliver(batch);
      this.#queue.splice(0, batch.length);
    } while (isDue());
  }

  async #deliver(batch: readonly string[]): Promise<void> {
    const body = `${batch.join("\n")}\n`;
    while (!this.#hasGivenUp()) {
      const delivery = await this.#destination.deliver(body, this.#deadline.signal);
      if (delivery.type === "written") {
        this.#failures = 0;
        return;
      }
      this.#reason = delivery.reason;
      if (delivery.type === "refused") break;
      this.#failures++;
      if (!this.#hasGivenUp()) await this.#pause();
    }
    this.#lose(batch.length, this.#reason);
  }

  #hasGivenUp(): boolean {
    if (this.#deadline.signal.aborted) return true;
    return this.#closing.signal.aborted && this.#failures >= LAST_ATTEMPTS;
  }

  async #pause(): Promise<void> {
    const isClosing = this.#closing.signal.aborted;
    const { retryMs, maxRetryMs } = this.#pace;
    const longest = Math.min(retryMs * 2 ** (this.#failures - 1), maxRetryMs);
    const pauseMs = isClosing
      ? LAST_PAUSE_MS * this.#failures
      : longest * (0.5 + Math.random() / 2);
    const { signal } = isClosing ? this.#deadline : this.#closing;
    await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
  }

  #lose(points: number, reason: string): void {
    this.#lost += points;
    this.#reason = reason;
  }
}
