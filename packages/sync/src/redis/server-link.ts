import { once, setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import type { KeyLayout } from "../keys.ts";
import type { RedisAddress } from "./address.ts";
import { backoff } from "./backoff.ts";
import { CLIENT_OPTIONS, type ClientOptions } from "./client-options.ts";
import { connectorTo } from "./connector.ts";
import type { Link } from "./link.ts";
import { asPairs } from "./reply.ts";
import { callScript, defineScripts } from "./script-calls.ts";
import type { Script } from "./scripts.ts";
import { Sentinels } from "./sentinels.ts";

const QUIT_MS = 1_000;

/** One connection to one server, or to the one that Sentinels name. Scripts and subscriptions share it: RESP3 allows it. */
export class ServerLink implements Link {
  readonly layout: KeyLayout = "testground";
  readonly subscriber: Redis;
  onChange: () => void = () => {};
  readonly #sentinels: Sentinels | undefined;
  readonly #dropping = new AbortController();
  #wasReady = false;
  #lastError: unknown;

  constructor(address: Exclude<RedisAddress, { type: "cluster" }>) {
    if (address.type === "sentinel") {
      const { sentinels, primary, sentinelOptions } = address;
      this.#sentinels = new Sentinels(sentinels, primary, sentinelOptions);
      this.#sentinels.onMoved = () => this.subscriber.stream?.destroy();
    }
    const options: ClientOptions = {
      ...CLIENT_OPTIONS,
      ...address.options,
      ...this.#connector(address.options),
      replyMapping: "legacy",
      retryStrategy: (attempt) => (this.#wasReady ? backoff(attempt) : null),
    };
    this.subscriber = new Redis(options);
    this.subscriber.on("error", (error: unknown) => {
      this.#lastError = error;
    });
    // ioredis listens to it once for every answer that makes it reconnect.
    this.subscriber.on("connect", () => setMaxListeners(0, this.subscriber.stream));
    for (const event of ["ready", "close"]) this.subscriber.on(event, () => this.onChange());
    defineScripts(this.subscriber);
  }

  get isReady(): boolean {
    return this.subscriber.status === "ready";
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  async connect(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#connectOnce();
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
      await sleep(backoff(attempt), undefined, { signal: this.#dropping.signal });
    }
  }

  run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return callScript(this.subscriber, script, keys, args);
  }

  /** The answers came on the same connection before it, and their callers are woken before the next turn. */
  async answered(): Promise<void> {}

  primaries(): readonly Redis[] {
    return [this.subscriber];
  }

  unlink(keys: readonly string[]): Promise<number> {
    return this.subscriber.unlink(...keys);
  }

  ping(): Promise<unknown> {
    return this.subscriber.ping();
  }

  async quit(): Promise<void> {
    if (!this.isReady) return;
    const ended = once(this.subscriber, "end", { signal: AbortSignal.timeout(QUIT_MS) });
    this.subscriber.quit().catch(() => {});
    await ended.catch(() => {});
  }

  /** Never waits for the status `end`: a client that was waiting to reconnect does not come to it. */
  drop(): void {
    this.#dropping.abort();
    this.#sentinels?.close();
    if (this.subscriber.status !== "end") this.subscriber.disconnect();
    // Undefined before the first attempt. The other side may never answer a polite end.
    this.subscriber.stream?.destroy();
  }

  async #connectOnce(): Promise<void> {
    try {
      await this.subscriber.connect();
      this.#wasReady = true;
      await checkServer(this.subscriber);
      // ioredis goes on with database 0 when its own SELECT is refused.
      const { db = 0 } = this.subscriber.options;
      if (db !== 0) await this.subscriber.select(db);
    } catch (error) {
      // That the connection was closed says less than what closed it.
      throw this.#lastError ?? error;
    }
  }

  #connector(options: RedisOptions): RedisOptions {
    const sentinels = this.#sentinels;
    if (sentinels === undefined) return {};
    const find = (stop: AbortSignal) => sentinels.find(stop, () => this.#wasReady);
    return { Connector: connectorTo(find, options) };
  }
}

/** A socket whose server does not keep up with new connections says so at once, where TCP would wait. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}

async function checkServer(redis: Redis): Promise<void> {
  const hello = new Map(asPairs(await redis.call("HELLO").catch(() => [])));
  if (hello.get("proto") !== 3) throw new Error("it does not speak RESP3");
  const mode = hello.get("mode");
  if (mode === "cluster") throw new Error("it is a node of a cluster");
  if (mode === "sentinel") throw new Error("it is a Sentinel");
}
