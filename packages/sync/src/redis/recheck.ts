const SPREAD_MS = 1_000;

/**
 * The one timer of a process that asks again for what it waits for: the net below messages that were lost, or that
 * foreign instances never send. Runs only while something waits.
 */
export class Recheck {
  /** Milliseconds, on average. */
  readonly everyMs: number;
  readonly #isNeeded: () => boolean;
  readonly #askAgain: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(everyMs: number, isNeeded: () => boolean, askAgain: () => Promise<void>) {
    this.everyMs = everyMs;
    this.#isNeeded = isNeeded;
    this.#askAgain = askAgain;
  }

  /** Something waits from now on. */
  need(): void {
    if (this.#timer === undefined) this.#schedule(this.everyMs * (0.75 + Math.random() / 2));
  }

  /** After a reconnect: within a second, spread so that the processes that lost one server do not ask in step. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#schedule(Math.random() * Math.min(SPREAD_MS, this.everyMs));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#run(), ms);
  }

  /** The next run is due only after this one, so that questions do not pile up while there is no connection. */
  async #run(): Promise<void> {
    this.#timer = undefined;
    if (!this.#isNeeded()) return;
    await this.#askAgain();
    this.need();
  }
}
