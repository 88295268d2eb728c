type Callback = (reason: unknown) => void;

const callbacks = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back when the signal aborts; returns what takes that back. However many wait, the signal has one listener, which
 * is what is slow about them.
 */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  const there = callbacks.get(signal);
  if (there !== undefined) {
    there.add(callback);
    return () => there.delete(callback);
  }
  const made = new Set([callback]);
  callbacks.set(signal, made);
  const tell = (): void => {
    callbacks.delete(signal);
    for (const each of [...made]) each(signal.reason);
  };
  signal.addEventListener("abort", tell, { once: true });
  return () => made.delete(callback);
}
