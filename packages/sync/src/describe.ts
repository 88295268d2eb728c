/** What a wait that ran out of time says: the same words in every store. */
export function countTimeout(key: string, have: number, target: number, timeoutMs: number): string {
  return `${nameInKey(key)}: ${have} of ${target} after ${timeoutMs} ms; has every instance come this far?`;
}

export function logTimeout(key: string, have: number, timeoutMs: number): string {
  return `${nameInKey(key)}: no entry after number ${have} within ${timeoutMs} ms`;
}

/** `state "ready"` out of a full key, as the author of a plan knows it. */
export function nameInKey(key: string): string {
  const match = /:(states|topics):(.*)$/s.exec(key);
  if (match === null) return `"${key}"`;
  return `${match[1] === "states" ? "state" : "topic"} "${match[2]}"`;
}
