/** Where the store gives its answer, now or later. */
interface Answer<T> {
  give(value: T): void;
  refuse(error: unknown): void;
}

/** What is done at the store when it arrives; returns what takes a wait there back. */
export type Request<T> = (answer: Answer<T>) => (() => void) | undefined;

interface Options<T> {
  readonly line: { reply(deliver: () => void): void; readonly isGone: boolean };
  readonly request: Request<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  readonly asked: { readonly isWrite?: boolean };
}

/** One question to the store, on its way there and back. Whoever gives up on it takes back its waiting, not its writing. */
export class Exchange<T> implements Answer<T> {
  /** Lets go of what ends it before its answer. */
  end: () => void = () => {};
  readonly #options: Options<T>;
  #leave: (() => void) | undefined;
  #isOver = false;
  #isAnswered = false;

  constructor(options: Options<T>) {
    this.#options = options;
  }

  arrive(): void {
    const { request, line, asked } = this.#options;
    // What was sent by a process that vanished since is under way all the same.
    if (!asked.isWrite && (this.#isOver || line.isGone)) return;
    try {
      const leave = request(this);
      if (this.#isOver) leave?.();
      else this.#leave = leave;
    } catch (error) {
      this.refuse(error);
    }
  }

  give(value: T): void {
    this.#answer(() => this.#options.resolve(value));
  }

  refuse(error: unknown): void {
    this.#answer(() => this.#options.reject(error));
  }

  /** Ends it before its answer. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave?.();
    this.end();
    this.#options.reject(error);
  }

  #answer(settle: () => void): void {
    // The answer to what was sent twice comes twice.
    if (this.#isAnswered || this.#isOver) return;
    this.#isAnswered = true;
    this.#options.line.reply(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.end();
      settle();
    });
  }
}
