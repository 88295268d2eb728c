import { randomBytes } from "node:crypto";
import type { OpenedSession } from "../atoms/liveness.ts";
import { nextBeatMs, SessionFence } from "../binding/session-fence.ts";
import { SessionLostError, type SyncError } from "../error.ts";
import { sessionKeys } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { BEAT, END_SESSION, OPEN_SESSION } from "./session-scripts.ts";
import { settledWithin } from "./settled-within.ts";

const SESSIONS_A_SCRIPT = 500;
const END_MS = 1_000;

interface LiveSession {
  readonly id: string;
  readonly ttlMs: number;
  readonly lost: (id: string, error: SyncError) => void;
  readonly fence: SessionFence;
}

interface RunSessionsOptions {
  readonly run: RunAccess;
  readonly base: string;
  /** Gives back what a session held that has ended. */
  readonly reap: (session: string) => Promise<void>;
}

/**
 * The sessions that this process has in one run: one timer keeps them alive, and sees to the ends of others. By its own
 * clock, and from before it was last heard of, each is taken for lost a tenth of its time to live before Redis may do
 * so; nothing brings it back.
 */
export class RunSessions {
  /** The first part of the id of each, behind which the process is told what concerns it alone. */
  readonly process: string = randomBytes(8).toString("hex");
  readonly #run: RunAccess;
  readonly #keys: ReturnType<typeof sessionKeys>;
  readonly #reap: (session: string) => Promise<void>;
  readonly #live = new Map<string, LiveSession>();
  #opened = 0;
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;

  constructor({ run, base, reap }: RunSessionsOptions) {
    this.#run = run;
    this.#keys = sessionKeys(base);
    this.#reap = reap;
  }

  isLive(session: string): boolean {
    return this.#live.has(session);
  }

  async open(
    ttlMs: number,
    lost: (id: string, error: SyncError) => void,
    wait: Wait,
  ): Promise<OpenedSession> {
    const { calls, scripts } = this.#run;
    const id = `${this.process}.${++this.#opened}`;
    const sentAt = performance.now();
    try {
      await calls.run(wait, this.#run.writeTimeout("a session"), () =>
        scripts.run(OPEN_SESSION, [this.#keys.sess], [id, ttlMs]),
      );
    } catch (error) {
      // It may have begun all the same. Nothing keeps it alive, but this is sooner.
      this.#endInStore(id).catch(() => {});
      throw error;
    }
    const fence = new SessionFence(ttlMs, () => this.#fenced(id, ttlMs));
    const session = { id, ttlMs, lost, fence };
    this.#live.set(id, session);
    fence.heardOf(sentAt);
    this.#schedule();
    return { id, end: () => this.#end(session) };
  }

  /** Redis has said so. */
  lose(session: string, why: string): SyncError {
    const error = new SessionLostError(this.#run.scripts.connection.name, session, why);
    this.#lose(session, error);
    return error;
  }

  /** All of them, because the state of the run is gone. */
  fail(error: SyncError): void {
    for (const id of [...this.#live.keys()]) this.#lose(id, error);
  }

  /** Ends all of them, as far as Redis can be told within a second. */
  async close(error: SyncError): Promise<void> {
    const sessions = [...this.#live.values()];
    const endings = sessions.map((session) => this.#end(session));
    for (const { id, lost } of sessions) lost(id, error);
    await Promise.all(endings);
  }

  #forget(session: LiveSession): boolean {
    session.fence.remove();
    const wasLive = this.#live.delete(session.id);
    if (this.#live.size === 0) clearTimeout(this.#timer);
    return wasLive;
  }

  #lose(id: string, error: SyncError): void {
    const session = this.#live.get(id);
    if (session === undefined) return;
    this.#forget(session);
    session.lost(id, error);
  }

  /** Waits for Redis as long as it is likely to answer. Later it still hears of it, if there is a connection again. */
  async #end(session: LiveSession): Promise<void> {
    if (!this.#forget(session)) return;
    const ending = this.#endInStore(session.id);
    const isConnected = this.#run.scripts.connection.trouble === "";
    await settledWithin(isConnected ? END_MS : 0, ending);
  }

  async #endInStore(id: string): Promise<void> {
    const { sess, dead } = this.#keys;
    await this.#run.scripts.run(END_SESSION, [sess, dead], [id]);
    await this.#reap(id);
  }

  #fenced(id: string, ttlMs: number): void {
    const { trouble } = this.#run.scripts.connection;
    this.lose(id, `nothing was heard from Redis for 90 % of its ${ttlMs} ms${trouble}`);
    this.#endInStore(id).catch(() => {});
  }

  #schedule(): void {
    if (this.#isBeating || this.#live.size === 0) return;
    clearTimeout(this.#timer);
    const shortest = Math.min(...[...this.#live.values()].map(({ ttlMs }) => ttlMs));
    this.#timer = setTimeout(() => void this.#beat(), nextBeatMs(shortest)).unref();
  }

  /** The next one is due only after this one is answered: it would say nothing that this one does not. */
  async #beat(): Promise<void> {
    this.#isBeating = true;
    const sessions = [...this.#live.values()];
    try {
      for (let i = 0; i < sessions.length; i += SESSIONS_A_SCRIPT) {
        await this.#beatFor(sessions.slice(i, i + SESSIONS_A_SCRIPT));
      }
    } catch {
      // Sessions that Redis did not hear of fence themselves.
    }
    this.#isBeating = false;
    this.#schedule();
  }

  async #beatFor(sessions: readonly LiveSession[]): Promise<void> {
    const { sess, dead } = this.#keys;
    const sentAt = performance.now();
    const args = sessions.flatMap(({ id, ttlMs }) => [id, ttlMs]);
    const [alive, ended] = await this.#run.scripts.run(BEAT, [sess, dead], args);
    for (const [i, lives] of asArray(alive).entries()) {
      const session = sessions[i];
      if (session === undefined || !this.#live.has(session.id)) continue;
      if (asNumber(lives) === 1) session.fence.heardOf(sentAt);
      else this.lose(session.id, "Redis has not heard of it in time");
    }
    for (const session of asArray(ended).map(asText)) this.#reap(session).catch(() => {});
  }
}
