import { SyncError } from "./error.ts";
import { onAbort } from "./on-abort.ts";

/** How long a caller is ready to wait. Without either, until the run ends. */
export interface Wait {
  /** Ends the wait; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the wait rejects with a {@link SyncError} `timeout`. */
  readonly timeoutMs?: number | undefined;
}

/** What is left of a wait that began at `began` (`performance.now`), for the next of its steps. */
export function remaining(wait: Wait, began: number): Wait {
  const { signal, timeoutMs } = wait;
  if (timeoutMs === undefined) return { signal };
  return { signal, timeoutMs: Math.max(0, timeoutMs - (performance.now() - began)) };
}

/** A promise that is settled from outside, by its caller's signal or by its deadline, whichever is first. */
export interface Pending<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `describe` is called at the deadline: it says what was awaited and how far it got, or is the error that does. */
export function pending<T>(
  wait: Wait,
  describe: (timeoutMs: number) => string | SyncError,
  settled: () => void = () => {},
): Pending<T> {
  const { promise, resolve, reject } = withResolvers<T>();
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => {};
  const settle = (finish: () => void): void => {
    clearTimeout(timer);
    stopListening();
    settled();
    finish();
  };
  const { signal, timeoutMs } = wait;
  if (timeoutMs !== undefined && timeoutMs <= LONGEST_TIMER_MS) {
    const expire = (): void => settle(() => reject(late(describe(timeoutMs))));
    timer = setTimeout(expire, timeoutMs);
  }
  if (signal !== undefined) {
    stopListening = onAbort(signal, (reason) => settle(() => reject(reason)));
  }
  return {
    promise,
    resolve: (value) => settle(() => resolve(value)),
    reject: (error) => settle(() => reject(error)),
  };
}

function late(description: string | SyncError): SyncError {
  return typeof description === "string" ? new SyncError("timeout", description) : description;
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
