import { inboxPrefix } from "../keys.ts";
import { CHECK } from "./claim-acquire-scripts.ts";
import type { ClaimCalls } from "./claim-calls.ts";
import type { Recheck } from "./recheck.ts";
import { asArray, asNumber } from "./reply.ts";
import type { RunScripts } from "./run-scripts.ts";
import { type News, type WaitingRequest, WaitingRequests } from "./waiting-requests.ts";

const IDS_A_CHECK = 500;

interface ClaimNewsOptions {
  readonly scripts: RunScripts;
  readonly recheck: Recheck;
  readonly calls: ClaimCalls;
  readonly base: string;
  readonly process: string;
}

/**
 * What this process hears of its requests in one run, on a channel of its own: one message a grant, whoever else waits.
 * The store's re-check covers those that were lost.
 */
export class ClaimNews {
  readonly channel: string;
  readonly #scripts: RunScripts;
  readonly #recheck: Recheck;
  readonly #calls: ClaimCalls;
  readonly #waiting = new WaitingRequests();
  /** By request that holds: whom to tell that it is over, and whose it is. */
  readonly #held = new Map<string, { readonly session: string; lost(requestId: string): void }>();

  constructor({ scripts, recheck, calls, base, process }: ClaimNewsOptions) {
    this.channel = `${inboxPrefix(base)}${process}`;
    this.#scripts = scripts;
    this.#recheck = recheck;
    this.#calls = calls;
  }

  get isAwaited(): boolean {
    return !this.#waiting.isEmpty;
  }

  /** To be awaited before a script queues a request. */
  listen(): Promise<void> {
    return this.#scripts.connection.subscriptions.ensure(this.channel);
  }

  wait(request: WaitingRequest, afterMs: number, stop: AbortSignal): Promise<News> {
    this.#recheck.need();
    return this.#waiting.wait(request, afterMs, stop);
  }

  isWaiting(requestId: string): boolean {
    return this.#waiting.has(requestId);
  }

  holds(requestId: string, session: string, lost: (requestId: string) => void): void {
    this.#held.set(requestId, { session, lost });
  }

  holdsNoMore(requestId: string): void {
    this.#held.delete(requestId);
  }

  /** Who waits for it hears of that from the session. */
  sessionEnded(session: string): void {
    for (const [id, held] of this.#held) if (held.session === session) this.#held.delete(id);
  }

  /** A message: `<epoch>|<what>|<number>|<request id>`. */
  heard(message: string): void {
    const [epoch, what, number, id = ""] = message.split("|");
    if (epoch !== this.#scripts.epoch) return;
    if (what === "granted") this.#waiting.tell(id, { type: "granted", n: Number(number) });
    else if (what === "head") this.#waiting.tell(id, { type: "later", ms: Number(number) });
    else this.#lost(id);
  }

  /** Asks for all that wait, queue by queue. A refusal ends the waits it concerns. */
  async askAgain(): Promise<void> {
    const byQueue = new Map<string, string[]>();
    for (const { requestId, keys } of this.#waiting.requests()) {
      const [key] = keys;
      // One script says of many requests of one queue how they are; one of several queues has to ask for itself.
      if (key === undefined || keys.length > 1) this.#waiting.tell(requestId, { type: "again" });
      else {
        const ids = byQueue.get(key) ?? [];
        byQueue.set(key, ids);
        ids.push(requestId);
      }
    }
    await Promise.all([...byQueue].map(([key, ids]) => this.#check(key, ids)));
  }

  #lost(id: string): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    held?.lost(id);
    // It still waited: the answer will be that it is over.
    this.#waiting.tell(id, { type: "again" });
  }

  async #check(key: string, ids: readonly string[]): Promise<void> {
    try {
      for (let i = 0; i < ids.length; i += IDS_A_CHECK) {
        await this.#checkSome(key, ids.slice(i, i + IDS_A_CHECK));
      }
    } catch (error) {
      this.#waiting.reject(error, ({ keys }) => keys.includes(key));
    }
  }

  async #checkSome(key: string, ids: readonly string[]): Promise<void> {
    const keys = this.#calls.keys.ofQueue(key);
    const [found] = await this.#calls.run(CHECK, [key], keys, ids);
    for (const [i, n] of asArray(found).map(asNumber).entries()) {
      const id = ids[i];
      if (id === undefined || n === 0) continue;
      this.#waiting.tell(id, n > 0 ? { type: "granted", n } : { type: "again" });
    }
  }
}
