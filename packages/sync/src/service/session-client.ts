import type { OpenedSession, StoreSessions } from "../atoms/liveness.ts";
import { nextBeatMs, SessionFence } from "../binding/session-fence.ts";
import { SessionLostError, SyncError } from "../error.ts";
import type { Caller } from "./caller.ts";
import { type Frame, textIn, textsIn } from "./fields.ts";

const END_MS = 1_000;

export interface ClientSessions extends StoreSessions {
  isLive(session: string): boolean;
  /** `lost` is called if the service says that what the request was granted is over. */
  holds(session: string, requestId: string, lost: (requestId: string) => void): void;
  holdsNoMore(session: string | undefined, requestId: string): void;
}

/** Sessions of this process, kept alive through the service. */
export function sessionClient(caller: Caller): ClientSessions {
  const live = new Map<string, LiveSession>();
  return {
    async open(ttlMs, lost, wait) {
      let sentAt = 0;
      const args = (): Frame => {
        sentAt = performance.now();
        return { ttlMs };
      };
      const read = (frame: Frame): string => textIn(frame, "result");
      const id = await caller.call("session.open", { args, wait, read });
      const session = new LiveSession({ caller, id, ttlMs, over: () => live.delete(id), lost });
      live.set(id, session);
      session.start(sentAt);
      return session;
    },
    isLive: (session) => live.has(session),
    holds: (session, requestId, lost) => live.get(session)?.held.set(requestId, lost),
    holdsNoMore: (session = "", requestId) => live.get(session)?.held.delete(requestId),
  };
}

interface LiveSessionOptions {
  readonly caller: Caller;
  readonly id: string;
  readonly ttlMs: number;
  readonly over: () => void;
  readonly lost: (error: SyncError) => void;
}

class LiveSession implements OpenedSession {
  readonly id: string;
  /** By request that holds: whom to tell that it is over. */
  readonly held: Map<string, (requestId: string) => void> = new Map();
  readonly #options: LiveSessionOptions;
  readonly #fence: SessionFence;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveSessionOptions) {
    this.id = options.id;
    this.#options = options;
    this.#fence = new SessionFence(options.ttlMs, () => this.#fenced());
  }

  start(sentAt: number): void {
    this.#fence.heardOf(sentAt);
    this.#schedule();
    this.#listen().catch((error: unknown) => this.#lose(error));
  }

  async end(): Promise<void> {
    this.#over();
    await this.#tell();
  }

  /** Resolves never: the service answers by the error that ends the session. */
  #listen(): Promise<void> {
    let after = 0;
    const part = (frame: Frame): boolean => {
      if (frame["entries"] === undefined) return false;
      for (const json of textsIn(frame, "entries")) {
        after++;
        this.#lost(String(JSON.parse(json)));
      }
      return true;
    };
    const { signal } = this.#stop;
    const args = (): Frame => ({ session: this.id, after });
    const call = { args, wait: { signal }, part, read: () => {} };
    return this.#options.caller.call("session.losses", call);
  }

  #lost(requestId: string): void {
    const lost = this.held.get(requestId);
    this.held.delete(requestId);
    lost?.(requestId);
  }

  #schedule(): void {
    const { ttlMs } = this.#options;
    this.#timer = setTimeout(() => void this.#beat(), nextBeatMs(ttlMs)).unref();
  }

  async #beat(): Promise<void> {
    const { caller } = this.#options;
    let sentAt = 0;
    const read = (frame: Frame): boolean => frame["result"] === true;
    const { signal } = this.#stop;
    const args = (): Frame => {
      sentAt = performance.now();
      return { session: this.id };
    };
    try {
      if (!(await caller.call("session.beat", { args, wait: { signal }, read }))) {
        this.#lose(this.#lostBy("the sync service has not heard of it in time"));
      }
      if (signal.aborted) return;
      this.#fence.heardOf(sentAt);
      this.#schedule();
    } catch (error) {
      this.#lose(error);
    }
  }

  #fenced(): void {
    const { ttlMs } = this.#options;
    this.#lose(this.#lostBy(`nothing was heard for 90 % of its ${ttlMs} ms`));
    this.#tell().catch(() => {});
  }

  #lose(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#over();
    this.#options.lost(error instanceof SyncError ? error : this.#lostBy(String(error)));
  }

  #over(): void {
    clearTimeout(this.#timer);
    this.#fence.remove();
    this.#stop.abort();
    this.#options.over();
  }

  async #tell(): Promise<void> {
    const call = { args: { session: this.id }, wait: { timeoutMs: END_MS }, read: () => {} };
    await this.#options.caller.call("session.end", call);
  }

  #lostBy(why: string): SessionLostError {
    return new SessionLostError(this.#options.caller.channel.name, this.id, why);
  }
}
