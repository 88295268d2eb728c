import { once } from "node:events";
import { Redis, type RedisOptions } from "ioredis";
import { SyncError } from "../error.ts";
import { pending, type Wait } from "../wait.ts";
import { parseAddress } from "./address.ts";
import { isPassing, refused, unreachable } from "./failure.ts";
import { asArray, asPairs } from "./reply.ts";
import { SCRIPTS, type Script } from "./scripts.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Turnstile } from "./turnstile.ts";

const CONNECT_MS = 5_000;
const QUIT_MS = 1_000;

const OPTIONS: RedisOptions = {
  protocol: 3,
  lazyConnect: true,
  // Done when the connection is ready, by ourselves: an acknowledgement, and no unhandled rejection.
  autoResubscribe: false,
  // Harmless, because a script that is sent twice counts once.
  autoResendUnfulfilledCommands: true,
  // Each call has its own deadline.
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  disableClientInfo: true,
  connectTimeout: CONNECT_MS,
  keepAlive: 10_000,
  noDelay: true,
  // Notices a connection that is only half open.
  socketTimeout: 8_000,
  // Sends the command again on a new connection.
  reconnectOnError: (error) => (/^(READONLY|LOADING)/.test(error.message) ? 2 : false),
};

/** One connection to Redis: scripts and subscriptions share it, which RESP3 allows. Reconnects by itself until closed. */
export class RedisConnection {
  /** The URL without user and password. */
  readonly name: string;
  readonly subscriptions: Subscriptions;
  /**
   * Where scripts with long replies pass. Each reply takes at most 1 MiB and one value, and Redis keeps the replies to
   * all that it was asked at once: more than 32 MB of them, and it cuts the connection off.
   */
  readonly large: Turnstile = new Turnstile(8);
  readonly #redis: Redis;
  #wasReady = false;
  #closed = false;
  #lastError: unknown;

  /** Rejects with `connection` when the first attempt fails, at once or at the deadline. */
  static async open(url: string, wait: Wait = {}): Promise<RedisConnection> {
    const { name, options } = parseAddress(url);
    wait.signal?.throwIfAborted();
    const connection = new RedisConnection(name, options);
    const { timeoutMs = CONNECT_MS, signal } = wait;
    const attempt = pending<void>(
      { timeoutMs, signal },
      () => `it did not answer within ${timeoutMs} ms`,
    );
    connection.#greet().then(attempt.resolve, attempt.reject);
    try {
      await attempt.promise;
      return connection;
    } catch (error) {
      connection.#drop();
      if (signal?.aborted && error === signal.reason) throw error;
      throw unreachable(name, error);
    }
  }

  private constructor(name: string, options: RedisOptions) {
    this.name = name;
    const all: RedisOptions & { replyMapping: "legacy" } = {
      ...OPTIONS,
      ...options,
      replyMapping: "legacy",
      connectionName: `groundplan:${process.pid}`,
      retryStrategy: (attempt) => (this.#wasReady ? backoff(attempt) : null),
    };
    this.#redis = new Redis(all);
    this.#redis.on("error", (error: unknown) => {
      this.#lastError = error;
    });
    for (const { name: script, keys, lua } of SCRIPTS) {
      this.#redis.defineCommand(script, { numberOfKeys: keys, lua });
    }
    this.subscriptions = new Subscriptions(this.#redis, name);
  }

  /** Empty while connected; otherwise, for the message of a call that ran out of time, what is the matter. */
  get trouble(): string {
    if (this.#redis.status === "ready") return "";
    const last = this.#lastError instanceof Error ? ` (${this.#lastError.message})` : "";
    return `; ${this.name} is not connected${last}`;
  }

  /** Runs a script, as often as it takes to get an answer. Waits while there is no connection. */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    const methods = this.#redis as unknown as Record<string, (...a: unknown[]) => Promise<unknown>>;
    for (;;) {
      try {
        return asArray(await methods[script.name]?.(...keys, ...args));
      } catch (error) {
        if (this.#closed) throw new SyncError("closed", `${this.name} was closed`);
        if (!isPassing(error)) throw refused(this.name, script.name, error);
      }
    }
  }

  /** Every key that matches the pattern, in batches; some more than once. */
  async *scan(pattern: string): AsyncGenerator<readonly string[], void, void> {
    let cursor = "0";
    do {
      const [next, keys] = await this.#redis.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
      yield keys;
      cursor = next;
    } while (cursor !== "0");
  }

  async unlink(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.#redis.unlink(...keys);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#redis.status === "ready") {
      const ended = once(this.#redis, "end", { signal: AbortSignal.timeout(QUIT_MS) });
      this.#redis.quit().catch(() => {});
      await ended.catch(() => {});
    }
    this.#drop();
  }

  async #greet(): Promise<void> {
    try {
      await this.#redis.connect();
      this.#wasReady = true;
      await this.#checkProtocol();
      // ioredis goes on with database 0 when its own SELECT is refused.
      const { db = 0 } = this.#redis.options;
      if (db !== 0) await this.#redis.select(db);
    } catch (error) {
      // That the connection was closed says less than what closed it.
      throw this.#lastError ?? error;
    }
  }

  async #checkProtocol(): Promise<void> {
    const hello = await this.#redis.call("HELLO").catch(() => []);
    const found = asPairs(hello).find(([field]) => field === "proto")?.[1];
    if (found !== 3) throw new Error("it does not speak RESP3");
  }

  /** Never waits for the status `end`: a client that was waiting to reconnect does not come to it. */
  #drop(): void {
    this.#closed = true;
    if (this.#redis.status !== "end") this.#redis.disconnect();
    // Undefined before the first attempt. The other side may never answer a polite end.
    this.#redis.stream?.destroy();
  }
}

/** Full jitter: thousands of processes that lost one server do not come back in step. */
function backoff(attempt: number): number {
  return Math.random() * Math.min(5_000, 100 * 2 ** Math.min(attempt, 6));
}
