import { claimTimeout } from "../atoms/claim-errors.ts";
import type { Claimant, Held, KeyedClaim } from "../atoms/liveness.ts";
import { hasGivenUp } from "../barriers/given-up.ts";
import { type Answer, readAnswer } from "./claim-answer.ts";
import type { ClaimCalls } from "./claim-calls.ts";
import { CANCEL } from "./claim-end-scripts.ts";
import type { ClaimNews } from "./claim-news.ts";
import type { RunAccess } from "./run-access.ts";
import type { RunSessions } from "./run-sessions.ts";
import { settledWithin } from "./settled-within.ts";

/** How long a caller that has given up is kept until its request is known to be withdrawn. */
const WITHDRAW_MS = 1_000;

export interface RequestContext {
  readonly run: RunAccess;
  readonly calls: ClaimCalls;
  readonly news: ClaimNews;
  readonly sessions: RunSessions;
}

export interface RequestOptions {
  readonly claimant: Claimant;
  readonly claims: readonly KeyedClaim[];
  readonly isLeased: boolean;
  /** Runs the script; it may be run again and again under one id. */
  readonly ask: (requestId: string) => Promise<readonly unknown[]>;
}

/** One request for permits, of one queue or of several together, from its first script to its grant or its end. */
export class RedisRequest {
  readonly #context: RequestContext;
  readonly #options: RequestOptions;
  readonly #keys: readonly string[];
  #id: string;
  #ahead = 0;
  #renamed = 0;
  #hasQueued = false;

  constructor(context: RequestContext, options: RequestOptions) {
    this.#context = context;
    this.#options = options;
    this.#keys = options.claims.map(({ key }) => key);
    this.#id = options.claimant.requestId;
  }

  /** `undefined` if it was refused, as one that only tries may be. */
  async grant(): Promise<readonly Held[] | undefined> {
    const { run } = this.#context;
    const { connection } = run.scripts;
    const { patienceMs } = this.#options.claimant;
    const late = (ms: number): string =>
      claimTimeout(this.#keys[0] ?? "", this.#ahead, patienceMs ?? ms) + connection.trouble;
    try {
      return await run.calls.run(this.#options.claimant, late, (stop) => this.#seek(stop));
    } catch (error) {
      if (hasGivenUp(this.#options.claimant, error)) await this.#withdraw();
      throw error;
    }
  }

  async #seek(stop: AbortSignal): Promise<readonly Held[] | undefined> {
    await this.#context.news.listen();
    stop.throwIfAborted();
    for (;;) {
      const askedAt = performance.now();
      const answer = await this.#ask();
      // Given up meanwhile: what it was granted is being given back.
      stop.throwIfAborted();
      switch (answer.type) {
        case "held":
          return this.#held(answer.tokens, askedAt);
        case "refused":
          return undefined;
        case "session":
          throw this.#context.sessions.lose(
            this.#options.claimant.session,
            "Redis has not heard of it in time",
          );
        case "over":
          this.#rename(answer);
          break;
        case "queued": {
          const n = await this.#wait(answer, stop);
          if (n !== undefined) return this.#held([n], askedAt);
        }
      }
    }
  }

  async #ask(): Promise<Answer> {
    const reply = await this.#options.ask(this.#id);
    return readAnswer(this.#id, this.#options.claims, reply);
  }

  /** Until it is granted, which resolves with the token, or is to ask again. */
  async #wait(
    { ahead, afterMs }: Extract<Answer, { type: "queued" }>,
    stop: AbortSignal,
  ): Promise<number | undefined> {
    this.#ahead = ahead;
    this.#hasQueued = true;
    const { session } = this.#options.claimant;
    const request = { requestId: this.#id, session, keys: this.#keys };
    for (let ms = afterMs; ; ) {
      const news = await this.#context.news.wait(request, ms, stop);
      if (news.type === "later") ms = news.ms;
      // A lease has to begin when it is known of: asking again begins it anew.
      else return news.type === "granted" && !this.#options.isLeased ? news.n : undefined;
    }
  }

  /** Granted and run out before this process knew of it, it goes to the end of the queue under another id. */
  #rename({ error, hasExpired }: Extract<Answer, { type: "over" }>): void {
    if (!this.#hasQueued || !hasExpired) throw error;
    this.#id = `${this.#options.claimant.requestId}~${++this.#renamed}`;
  }

  #held(tokens: readonly number[], askedAt: number): readonly Held[] {
    const { epoch } = this.#context.run.scripts;
    const { session, lost } = this.#options.claimant;
    this.#context.news.holds(this.#id, session, lost);
    const leased = this.#options.isLeased ? { leasedAt: askedAt } : {};
    return tokens.map((n) => ({ requestId: this.#id, token: { epoch, n }, ...leased }));
  }

  /** The caller has given up: it leaves the queue, or gives back what it was granted meanwhile. */
  async #withdraw(): Promise<void> {
    const { calls, news, sessions, run } = this.#context;
    const { session } = this.#options.claimant;
    // What a session leaves goes with it, all at once; and the same request may be waited for twice.
    if (!sessions.isLive(session) || news.isWaiting(this.#id)) return;
    news.holdsNoMore(this.#id);
    const cancelled = this.#keys.map((key) =>
      calls.run(CANCEL, [key], calls.keys.withUndo(key, session), [session, this.#id]),
    );
    const isConnected = run.scripts.connection.trouble === "";
    await settledWithin(isConnected ? WITHDRAW_MS : 0, Promise.all(cancelled));
  }
}
