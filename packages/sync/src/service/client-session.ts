import type { Session } from "../atoms/session.ts";
import type { Entry, Namespace } from "../atoms/store.ts";
import { SessionLostError } from "../error.ts";
import { onAbort } from "../on-abort.ts";

interface Watched {
  readonly session: Session;
  readonly ttlMs: number;
  timer: NodeJS.Timeout | undefined;
  /** Requests whose grants were lost, for the client to know of. */
  readonly lostRequests: string[];
  wake: () => void;
}

/**
 * The session that a client of the service has in a run. In the store it is one of the service's own, which lives as
 * long as the service; the service in turn gives up on the client that it does not hear of.
 */
export class ClientSession {
  readonly #namespace: Namespace;
  #watched: Watched | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  async open(ttlMs: number): Promise<string> {
    const session = await this.#namespace.session();
    // Asked again: the answer was lost.
    if (this.beat(session.id)) return session.id;
    const watched: Watched = { session, ttlMs, timer: undefined, lostRequests: [], wake: () => {} };
    this.#watched = watched;
    onAbort(session.lost, () => {
      clearTimeout(watched.timer);
      watched.wake();
    });
    this.#heardOf(watched);
    return session.id;
  }

  /** The client lives. False if that comes too late. */
  beat(id: string): boolean {
    const watched = this.#live(id);
    if (watched !== undefined) this.#heardOf(watched);
    return watched !== undefined;
  }

  async end(id: string): Promise<void> {
    await this.#live(id)?.session.end();
  }

  /** Throws unless it is the client's session and lives: nothing may be claimed in another's name. */
  check(id: string): void {
    if (this.#live(id) === undefined) throw this.#lost(id);
  }

  /** The grant is the client's from now on. */
  watch(grant: { readonly requestId: string; readonly lost: AbortSignal }): void {
    const watched = this.#watched;
    if (watched === undefined) return;
    onAbort(grant.lost, () => {
      watched.lostRequests.push(grant.requestId);
      watched.wake();
    });
  }

  /**
   * The ids of requests whose grants are lost, as JSON texts, behind the first `after`; until the session itself is:
   * then it throws why.
   */
  async *losses(id: string, after: number, signal: AbortSignal): AsyncGenerator<Entry, void, void> {
    const watched = this.#live(id);
    if (watched === undefined) throw this.#lost(id);
    const { session, lostRequests } = watched;
    const stopListening = onAbort(signal, () => watched.wake());
    try {
      for (let seq = after + 1; !signal.aborted; ) {
        session.lost.throwIfAborted();
        const lost = lostRequests[seq - 1];
        if (lost !== undefined) yield { seq: seq++, json: JSON.stringify(lost) };
        else {
          await new Promise<void>((resolve) => {
            watched.wake = resolve;
          });
        }
      }
    } finally {
      stopListening();
    }
  }

  /** Whether the client has a session that lives. */
  get isLive(): boolean {
    return this.#watched !== undefined && !this.#watched.session.lost.aborted;
  }

  /** Resolves once it has none. */
  async over(): Promise<void> {
    const lost = this.#watched?.session.lost;
    if (lost === undefined || lost.aborted) return;
    await new Promise<unknown>((resolve) => onAbort(lost, resolve));
  }

  #live(id: string): Watched | undefined {
    const watched = this.#watched;
    return watched?.session.id === id && !watched.session.lost.aborted ? watched : undefined;
  }

  #heardOf(watched: Watched): void {
    clearTimeout(watched.timer);
    const giveUp = (): void => void watched.session.end().catch(() => {});
    watched.timer = setTimeout(giveUp, watched.ttlMs).unref();
  }

  #lost(id: string): SessionLostError {
    const { name } = this.#namespace.store;
    return new SessionLostError(name, id, "the sync service has not heard of it in time");
  }
}
