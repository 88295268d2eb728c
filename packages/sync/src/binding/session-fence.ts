/**
 * Where a process stops to believe in its session: a tenth of the time to live before the store may give up on it,
 * counted by its own clock from before the message was sent that the store last answered.
 */
export class SessionFence {
  readonly #ttlMs: number;
  readonly #reached: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ttlMs: number, reached: () => void) {
    this.#ttlMs = ttlMs;
    this.#reached = reached;
  }

  /** `sentAt`: by `performance.now`. */
  heardOf(sentAt: number): void {
    clearTimeout(this.#timer);
    const left = sentAt + this.#ttlMs * 0.9 - performance.now();
    this.#timer = setTimeout(this.#reached, Math.max(0, left)).unref();
  }

  remove(): void {
    clearTimeout(this.#timer);
  }
}

/** Milliseconds until the store is to hear of the session again: a third of its time to live, spread by a quarter. */
export function nextBeatMs(ttlMs: number): number {
  return (ttlMs / 3) * (0.75 + Math.random() / 2);
}
