import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster, type ClusterOptions, Redis } from "ioredis";
import type { KeyLayout } from "../keys.ts";
import type { Host, RedisAddress } from "./address.ts";
import { backoff } from "./backoff.ts";
import { CLIENT_OPTIONS, type ClientOptions } from "./client-options.ts";
import { connectorTo } from "./connector.ts";
import type { Link } from "./link.ts";
import { callScript, defineScripts } from "./script-calls.ts";
import type { Script } from "./scripts.ts";

const QUIT_MS = 1_000;

/**
 * The nodes of a cluster: a connection to each whose runs are used, and one to any of them for the subscriptions, since
 * a cluster carries a message to all its nodes.
 */
export class ClusterLink implements Link {
  readonly layout: KeyLayout = "hash-tag";
  readonly subscriber: Redis;
  onChange: () => void = () => {};
  readonly #cluster: Cluster;
  readonly #seeds: readonly Host[];
  /** By hash tag, the last script that was sent. */
  readonly #asked = new Map<string, Promise<void>>();
  #wasReady = false;
  #lastError: unknown;

  constructor({ options, nodes }: Extract<RedisAddress, { type: "cluster" }>) {
    this.#seeds = nodes;
    const note = (error: unknown): void => {
      this.#lastError = error;
    };
    // Those of a server that a node takes too.
    const node = { ...CLIENT_OPTIONS, ...options } as ClusterOptions["redisOptions"];
    const all: ClusterOptions & { redisOptions: { replyMapping: "legacy" } } = {
      lazyConnect: true,
      redisOptions: { ...node, replyMapping: "legacy" },
      // Certificates are for names.
      dnsLookup: (address, callback) => callback(null, address),
      clusterRetryStrategy: (attempt) => (this.#wasReady ? backoff(attempt) : null),
    };
    this.#cluster = new Cluster([...nodes], all);
    this.#cluster.on("error", () => {}).on("node error", note);
    defineScripts(this.#cluster);
    const listening: ClientOptions = {
      ...CLIENT_OPTIONS,
      ...options,
      replyMapping: "legacy",
      Connector: connectorTo(async () => this.#anyNode(), options),
      retryStrategy: (attempt) => (this.#wasReady ? backoff(attempt) : null),
    };
    this.subscriber = new Redis(listening);
    this.subscriber.on("error", note);
    for (const client of [this.#cluster, this.subscriber]) {
      client.on("ready", () => this.onChange()).on("close", () => this.onChange());
    }
    // A node that has left the cluster hears nothing any more.
    this.#cluster.on("-node", (node: Redis) => this.#left(node));
  }

  get isReady(): boolean {
    return this.#cluster.status === "ready" && this.subscriber.status === "ready";
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  async connect(): Promise<void> {
    try {
      await Promise.race([this.#cluster.connect(), this.#ended()]);
    } catch (error) {
      const first = this.#lastError ?? error;
      // ioredis says of a node that it cannot reach no more than that. One more attempt tells why.
      if (!(first instanceof Error && first.message === "Connection is closed.")) throw first;
      await this.subscriber.connect().catch(() => {});
      throw this.#lastError ?? first;
    }
    await this.subscriber.connect();
    this.#wasReady = true;
  }

  run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const tag = tagOf(keys[0] ?? "");
    const answer = callScript(this.#cluster, script, keys, args);
    const settled: Promise<void> = answer.then(
      () => this.#settle(tag, settled),
      () => this.#settle(tag, settled),
    );
    this.#asked.set(tag, settled);
    return answer;
  }

  /**
   * A message comes on another connection than the answers, so it may overtake one. What was sent last before it came
   * is answered last, because all of a run is on one node.
   */
  async answered(channel: string): Promise<void> {
    await this.#asked.get(tagOf(channel));
  }

  primaries(): readonly Redis[] {
    return this.#cluster.nodes("master");
  }

  unlink(keys: readonly string[]): Promise<number> {
    return this.#cluster.unlink(...keys);
  }

  ping(): Promise<unknown> {
    return this.subscriber.ping();
  }

  async quit(): Promise<void> {
    if (!this.isReady) return;
    const polite = Promise.allSettled([this.#cluster.quit(), this.subscriber.quit()]);
    const stop = new AbortController();
    await Promise.race([
      polite,
      sleep(QUIT_MS, undefined, { signal: stop.signal }).catch(() => {}),
    ]);
    stop.abort();
  }

  drop(): void {
    const clients = [this.subscriber, ...this.#cluster.nodes()];
    if (this.#cluster.status !== "end") this.#cluster.disconnect();
    if (this.subscriber.status !== "end") this.subscriber.disconnect();
    for (const client of clients) client.stream?.destroy();
  }

  async #ended(): Promise<never> {
    await once(this.#cluster, "end");
    throw new Error("no node of the cluster can be used");
  }

  #anyNode(): Host {
    const known = this.#cluster.nodes().map(({ options }) => options);
    const hosts = known.length > 0 ? known : this.#seeds;
    const { host = "localhost", port = 6379 } =
      hosts[Math.floor(Math.random() * hosts.length)] ?? {};
    return { host, port };
  }

  #left({ options }: Redis): void {
    const { remoteAddress, remotePort } = this.subscriber.stream ?? {};
    const isIt = options.port === remotePort && options.host === remoteAddress;
    if (isIt) this.subscriber.stream.destroy();
  }

  #settle(tag: string, settled: Promise<void>): void {
    if (this.#asked.get(tag) === settled) this.#asked.delete(tag);
  }
}

/** What decides the node of a key, which all keys and channels of a run share. */
function tagOf(key: string): string {
  return /\{([^}]*)\}/s.exec(key)?.[1] ?? key;
}
