import { CommandError, EXIT } from "../command-error.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Ctrl-C and SIGTERM, from the start of a command to its end: what was begun is cleared away instead of left behind. */
export class Interruption implements Disposable {
  /** Called with each one after it is set. */
  onSignal: (signal: NodeJS.Signals) => void = () => {};
  #first: NodeJS.Signals | undefined;
  readonly #listener = (signal: NodeJS.Signals): void => {
    this.#first ??= signal;
    this.onSignal(signal);
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  get hasCome(): boolean {
    return this.#first !== undefined;
  }

  /** Ends the command between two steps, if the user wants it to end. */
  check(): void {
    if (this.#first === undefined) return;
    throw new CommandError(EXIT.interrupted, `interrupted by ${this.#first} before the run began`);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
