import { setTimeout as sleep } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import type { Host } from "./address.ts";
import { backoff } from "./backoff.ts";
import type { ClientOptions } from "./client-options.ts";
import { asArray, asText } from "./reply.ts";

const SWITCHED = "+switch-master";

const OPTIONS: RedisOptions = {
  protocol: 3,
  lazyConnect: true,
  autoResubscribe: false,
  // A question that had no answer is put to all of them again.
  maxRetriesPerRequest: 0,
  enableReadyCheck: false,
  disableClientInfo: true,
  connectTimeout: 2_000,
  disconnectTimeout: 0,
  socketTimeout: 4_000,
  retryStrategy: backoff,
};

/** The Sentinels that watch over one primary: one connection to each, for questions and for news. */
export class Sentinels {
  /** Called when the primary is no longer the one that was found last. */
  onMoved: () => void = () => {};
  readonly #primary: string;
  readonly #clients: readonly Redis[];
  #found: Host | undefined;

  constructor(hosts: readonly Host[], primary: string, options: RedisOptions) {
    this.#primary = primary;
    this.#clients = hosts.map((at) =>
      this.#watcher({ ...OPTIONS, ...options, ...at, replyMapping: "legacy" }),
    );
  }

  /**
   * Where the primary is, by the first that knows. Without `isPatient`, rejects once none of them does; with it, asks
   * until one does or `stop` aborts.
   */
  async find(stop: AbortSignal, isPatient: () => boolean): Promise<Host> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#found = await Promise.any(this.#clients.map((client) => this.#ask(client)));
        return this.#found;
      } catch (error) {
        if (!isPatient()) throw error;
      }
      await sleep(backoff(attempt), undefined, { signal: stop });
    }
  }

  close(): void {
    for (const client of this.#clients) {
      client.disconnect();
      client.stream?.destroy();
    }
  }

  #watcher(options: ClientOptions): Redis {
    const client = new Redis(options);
    // Each answer says what is the matter.
    client.on("error", () => {});
    client.on("ready", () => {
      client.subscribe(SWITCHED).catch(() => {});
      // What it said before it was listened to is in this answer.
      this.#ask(client).then(
        (at) => this.#heard(at),
        () => {},
      );
    });
    client.on("message", (_channel: string, message: string) => {
      const [name, , , host = "", port = ""] = message.split(" ");
      if (name === this.#primary) this.#heard({ host, port: Number(port) });
    });
    return client;
  }

  #heard({ host, port }: Host): void {
    if (this.#found === undefined) return;
    if (this.#found.host !== host || this.#found.port !== port) this.onMoved();
  }

  async #ask(client: Redis): Promise<Host> {
    let last: unknown;
    const note = (error: unknown): void => {
      last = error;
    };
    client.on("error", note);
    try {
      const reply = await client.call("SENTINEL", "get-master-addr-by-name", this.#primary);
      if (reply === null) throw new Error(`no Sentinel knows a primary named "${this.#primary}"`);
      const [host, port] = asArray(reply).map(asText);
      return { host: host ?? "", port: Number(port) };
    } catch (error) {
      // That it gave up says less than why.
      throw last ?? error;
    } finally {
      client.off("error", note);
    }
  }
}
