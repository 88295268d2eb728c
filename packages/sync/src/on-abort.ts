type Callback = (reason: unknown) => void;

const callbacks = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back once when the signal aborts, in a later microtask if it already has. Returns what takes the callback back.
 * However many callers there are, the signal carries one listener: Node warns of a leak from the eleventh.
 */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  if (signal.aborted) return later(signal, callback);
  let waiting = callbacks.get(signal);
  if (waiting === undefined) {
    waiting = new Set();
    callbacks.set(signal, waiting);
    signal.addEventListener("abort", () => callAll(signal), { once: true });
  }
  const mine = waiting;
  // A wrapper of its own, so that the same function may wait twice.
  const entry: Callback = (reason) => callback(reason);
  mine.add(entry);
  return () => mine.delete(entry);
}

function callAll(signal: AbortSignal): void {
  const waiting = callbacks.get(signal);
  callbacks.delete(signal);
  for (const callback of waiting ?? []) callback(signal.reason);
}

function later(signal: AbortSignal, callback: Callback): () => void {
  let wanted = true;
  queueMicrotask(() => {
    if (wanted) callback(signal.reason);
  });
  return () => {
    wanted = false;
  };
}

/** One signal that aborts with the first of several. `release` lets go of them. */
export function linkSignals(signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const aborted = signals.find((signal) => signal?.aborted);
  if (aborted !== undefined) controller.abort(aborted.reason);
  const stops = signals.flatMap((signal) =>
    signal === undefined ? [] : [onAbort(signal, (reason) => controller.abort(reason))],
  );
  return {
    signal: controller.signal,
    release: () => {
      for (const stop of stops) stop();
    },
  };
}
