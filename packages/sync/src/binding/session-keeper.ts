import { setMaxListeners } from "node:events";
import type { StoreSessions } from "../atoms/liveness.ts";
import type { Session } from "../atoms/session.ts";
import { SyncError } from "../error.ts";
import { pending, type Wait } from "../wait.ts";

const SESSION_TTL_MS = 15_000;
const SHORTEST_TTL_MS = 100;
const LONGEST_TTL_MS = 60 * 60 * 1000;

export function checkSessionTtl(ttlMs: number = SESSION_TTL_MS): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= SHORTEST_TTL_MS && ttlMs <= LONGEST_TTL_MS) {
    return ttlMs;
  }
  throw new SyncError(
    "range",
    `sessionTtlMs is ${ttlMs}; it must be a whole number of milliseconds from ${SHORTEST_TTL_MS} to ${LONGEST_TTL_MS}`,
  );
}

/** The one session of a namespace at a time: opened when it is first needed, and another once it is lost. */
export class SessionKeeper {
  readonly #sessions: StoreSessions;
  readonly #ttlMs: number;
  readonly #closing: AbortSignal;
  readonly #live = new Set<Session>();
  #current: Promise<Session> | undefined;

  constructor(sessions: StoreSessions, ttlMs: number, closing: AbortSignal) {
    this.#sessions = sessions;
    this.#ttlMs = ttlMs;
    this.#closing = closing;
  }

  /** Callers share the opening, each with its own patience. */
  session(wait: Wait): Promise<Session> {
    const asked = pending<Session>(wait, (ms) => this.#late(ms));
    this.#current ??= this.#open();
    this.#current.then(asked.resolve, asked.reject);
    return asked.promise;
  }

  /** Ends what is open, as far as the store can be told. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#live].map((session) => session.end()));
  }

  #late(timeoutMs: number): SyncError {
    const cause = this.#sessions.trouble?.();
    const late = `no session was opened within ${timeoutMs} ms`;
    if (cause === undefined) return new SyncError("timeout", late);
    return new SyncError("timeout", `${late}; ${cause.message}`, { cause });
  }

  #open(): Promise<Session> {
    const opening = this.#start(() => {
      if (this.#current === opening) this.#current = undefined;
    });
    return opening;
  }

  async #start(over: () => void): Promise<Session> {
    this.#closing.throwIfAborted();
    const lost = new AbortController();
    setMaxListeners(0, lost.signal);
    const finish = (reason: SyncError): void => {
      over();
      if (session !== undefined) this.#live.delete(session);
      lost.abort(reason);
    };
    let session: Session | undefined;
    try {
      const opened = await this.#sessions.open(this.#ttlMs, finish, { signal: this.#closing });
      let ending: Promise<void> | undefined;
      const end = (): Promise<void> => {
        // The store hears first, so that requests which end with the session know that it is gone.
        ending ??= opened.end();
        finish(new SyncError("closed", `the session ${opened.id} was ended`));
        return ending;
      };
      session = { id: opened.id, lost: lost.signal, end };
      if (!lost.signal.aborted) this.#live.add(session);
      return session;
    } catch (error) {
      over();
      throw error;
    }
  }
}
