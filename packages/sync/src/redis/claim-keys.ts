import { auxiliaryKey, sessionKeys, undoKey } from "../keys.ts";

export type Keys = readonly [string, ...string[]];

/** A queue, its que, ask, due, hold and over. */
function queueKeys(key: string): Keys {
  const parts = ["que", "ask", "due", "hold", "over"] as const;
  return [key, ...parts.map((part) => auxiliaryKey(part, key))];
}

/** The keys of the scripts that work on one queue, behind meta. */
export class ClaimKeys {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  ofQueue(key: string): Keys {
    const { sess } = sessionKeys(this.#base);
    return [...queueKeys(key), sess];
  }

  /** Where the session's own records change, too. Without a session, none do. */
  withUndo(key: string, session: string): Keys {
    return [...this.ofQueue(key), undoKey(this.#base, session)];
  }

  forAcquire(key: string, session: string): Keys {
    const { seq } = sessionKeys(this.#base);
    return [...this.ofQueue(key), seq, undoKey(this.#base, session)];
  }

  forAcquireAll(keys: readonly string[], session: string): Keys {
    const { sess, seq } = sessionKeys(this.#base);
    return [sess, seq, undoKey(this.#base, session), ...keys.flatMap(queueKeys)];
  }
}
