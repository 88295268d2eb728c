import { AsyncLocalStorage } from "node:async_hooks";
import type { InstanceResult } from "./instance-result.ts";
import { toError } from "./thrown.ts";
import { abortedBy, wasAborted } from "./verdict.ts";

/** How long the code of an aborted instance has to clean up and settle before the instance ends without it. */
const SETTLE_GRACE_MS = 1_000;

/** An instance of this process that has not ended yet. */
export class LiveInstance {
  /** Resolves with how the instance ends when something other than its test case decides. */
  readonly ended: Promise<InstanceResult>;
  readonly #controller = new AbortController();
  readonly #over = new AbortController();
  readonly #takeErrors: (chunk: Buffer) => void;
  readonly #takeExit: (error: Error) => void;
  #end: (result: InstanceResult) => void = () => {};
  #grace: NodeJS.Timeout | undefined;

  constructor(hooks: {
    readonly errors: (chunk: Buffer) => void;
    readonly exit: (error: Error) => void;
  }) {
    this.#takeErrors = hooks.errors;
    this.#takeExit = hooks.exit;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Aborts when the instance is to stop; the reason is an Error. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether its outcome is decided. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Ends the instance as crashed, at once; as aborted, if what was thrown only says so. */
  crash(thrown: unknown): void {
    const error = toError(thrown);
    if (wasAborted(error, this.signal)) {
      this.#abort(error);
    } else {
      this.#end({ type: "crashed", error, stack: error.stack ?? "" });
      this.#controller.abort(error);
    }
  }

  /** Stops the instance when the signal aborts: tells the test case, and ends without it if it goes on. */
  follow(signal: AbortSignal): void {
    const stop = (): void => this.#abort(signal.reason);
    signal.addEventListener("abort", stop, { signal: this.#over.signal });
    if (signal.aborted) stop();
  }

  #abort(cause: unknown): void {
    if (this.isOver || this.signal.aborted) return;
    const error = abortedBy(cause);
    this.#grace = setTimeout(() => this.#end({ type: "aborted", error }), SETTLE_GRACE_MS);
    this.#controller.abort(error);
  }

  /** Its outcome is decided; what its code still does or throws changes nothing. */
  finish(): void {
    clearTimeout(this.#grace);
    this.#over.abort();
  }

  /** Something was written to stderr on behalf of the instance. */
  errors(chunk: Buffer): void {
    this.#takeErrors(chunk);
  }

  /** The process exits with the instance unfinished. */
  exit(error: Error): void {
    this.#takeExit(error);
  }

  /** Runs code of the instance: what it does later is known to be the instance's. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    live.add(this);
    try {
      return await current.run(this, body);
    } finally {
      live.delete(this);
    }
  }
}

const current = new AsyncLocalStorage<LiveInstance>();
const live = new Set<LiveInstance>();

/** The instance whose code is running, whether it has ended or not. */
export function currentInstance(): LiveInstance | undefined {
  return current.getStore();
}

/** Those that have not ended. */
export function liveInstances(): readonly LiveInstance[] {
  return [...live];
}
