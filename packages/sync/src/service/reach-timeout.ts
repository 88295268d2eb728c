import { nameInKey } from "../describe.ts";

/** What a wait that ran out of time says when only a lower bound of the count is known. */
export function reachTimeout(
  key: string,
  atLeast: number,
  target: number,
  timeoutMs: number,
): string {
  return `${nameInKey(key)}: at least ${atLeast} of ${target} after ${timeoutMs} ms; has every instance come this far?`;
}
