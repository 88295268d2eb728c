/** What one request asks of the service. */
export interface Task {
  readonly id: string;
  /** Whether its answer can be called off. */
  readonly isCancellable: boolean;
  /** Whether it goes on until the client has another connection, which asks for it again. */
  readonly isLasting: boolean;
  /** Resolves with the text to answer. */
  perform(signal: AbortSignal): Promise<string>;
  failed(id: string, error: unknown): string;
}

/** A task under way, and who gets the answer. */
export class Work {
  readonly id: string;
  readonly isCancellable: boolean;
  readonly isLasting: boolean;
  readonly #stop = new AbortController();
  #isOver = false;
  #over: (work: Work, answer: string | undefined) => void = () => {};

  constructor({ id, isCancellable, isLasting }: Task) {
    this.id = id;
    this.isCancellable = isCancellable;
    this.isLasting = isLasting;
  }

  /** From now on that is called once it is over; with the answer, unless it was called off. */
  belongTo(over: (work: Work, answer: string | undefined) => void): void {
    this.#over = over;
  }

  async start({ id, perform, failed }: Task): Promise<void> {
    const answer = await perform(this.#stop.signal).catch((error: unknown) => failed(id, error));
    this.#finish(answer);
  }

  /** Calls it off: it is over at once, however long what it began takes to end. */
  abort(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#finish(undefined);
  }

  #finish(answer: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over(this, answer);
  }
}
