/** What a wait that ran out of time says: the same words in every store. */
export function countTimeout(key: string, have: number, target: number, timeoutMs: number): string {
  return `${nameInKey(key)}: ${have} of ${target} after ${timeoutMs} ms; has every instance come this far?`;
}

export function declaredTimeout(key: string, timeoutMs: number): string {
  return `${nameInKey(key)}: nobody said within ${timeoutMs} ms how many it takes`;
}

export function logTimeout(key: string, have: number, timeoutMs: number): string {
  return `${nameInKey(key)}: no entry after number ${have} within ${timeoutMs} ms`;
}

export function registerTimeout(key: string, version: number, timeoutMs: number): string {
  return `${nameInKey(key)}: no version after ${version} within ${timeoutMs} ms`;
}

const KINDS: Readonly<Record<string, string>> = { states: "state", topics: "topic" };

/** `state "ready"` out of a full key, `gate "lunch"` out of one of our own, as the author of a plan knows it. */
export function nameInKey(key: string): string {
  const [, kind = "", name = ""] = /:(states|topics|own):(.*)$/s.exec(key) ?? [];
  if (kind !== "own") return kind === "" ? `"${key}"` : `${KINDS[kind]} "${name}"`;
  const [, recipe, given] = /^([a-z-]+):(.*)$/s.exec(name) ?? [];
  return recipe === undefined ? `"${name}"` : `${recipe} "${given}"`;
}
