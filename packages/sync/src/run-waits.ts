import type { Mutation, Namespace } from "./atoms/store.ts";
import { linkSignals } from "./on-abort.ts";
import { runAbort } from "./run-abort.ts";
import type { Wait } from "./wait.ts";

/** How everything that waits in a run waits: until the caller gives up, the run is aborted, or its store is lost. */
export interface RunWaits {
  wait<W extends Wait, T>(wait: W, operation: (wait: W) => Promise<T>): Promise<T>;
  /** With a request id of its own, made once however often the write is sent. */
  write<W extends Wait, T>(wait: W, operation: (mutation: W & Mutation) => Promise<T>): Promise<T>;
  /** Ends when its reader leaves it, too. */
  follow<W extends Wait, T>(
    wait: W,
    start: (wait: W) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, void>;
}

/** `closing` ends the waits too. */
export function runWaits(namespace: Namespace, closing?: AbortSignal): RunWaits {
  const { signal: aborted } = runAbort(namespace);
  const wait: RunWaits["wait"] = async (options, operation) => {
    const link = linkSignals([options.signal, closing, aborted]);
    try {
      link.signal.throwIfAborted();
      return await operation({ ...options, signal: link.signal });
    } finally {
      link.release();
    }
  };
  return {
    wait,
    async *follow(options, start) {
      const link = linkSignals([options.signal, closing, aborted]);
      try {
        yield* start({ ...options, signal: link.signal });
      } finally {
        link.release();
      }
    },
    write: async (options, operation) => {
      const requestId = namespace.requestId();
      return wait(options, (w) => operation({ ...w, requestId }));
    },
  };
}
