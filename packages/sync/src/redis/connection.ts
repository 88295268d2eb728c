import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { SyncError } from "../error.ts";
import type { KeyLayout } from "../keys.ts";
import { pending, type Wait } from "../wait.ts";
import { parseAddress, type RedisAddress } from "./address.ts";
import { backoff } from "./backoff.ts";
import { CONNECT_MS } from "./client-options.ts";
import { ClusterLink } from "./cluster-link.ts";
import { ConnectionStatus } from "./connection-status.ts";
import { isPassing, refused, unreachable } from "./failure.ts";
import type { Link } from "./link.ts";
import { asArray } from "./reply.ts";
import type { Script } from "./scripts.ts";
import { ServerLink } from "./server-link.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Turnstile } from "./turnstile.ts";

/** The connection of a process to Redis, for scripts and subscriptions. Comes back by itself until closed. */
export class RedisConnection {
  /** The URL without user, password and parameters. */
  readonly name: string;
  /** How the keys of runs are spelled there. */
  readonly layout: KeyLayout;
  readonly subscriptions: Subscriptions;
  /**
   * Where scripts with long replies pass. Each reply takes at most 1 MiB and one value, and Redis keeps the replies to
   * all that it was asked at once: more than 32 MB of them, and it cuts the connection off.
   */
  readonly large: Turnstile = new Turnstile(8);
  readonly status: ConnectionStatus;
  readonly #link: Link;
  readonly #closing = new AbortController();
  /** Calls that have failed and will be tried again. */
  #failing = 0;

  /** Rejects with `connection` when the first attempt fails, at once or at the deadline. */
  static async open(url: string, wait: Wait = {}): Promise<RedisConnection> {
    const address = parseAddress(url);
    wait.signal?.throwIfAborted();
    const connection = new RedisConnection(address);
    const { timeoutMs = CONNECT_MS, signal } = wait;
    const attempt = pending<void>(
      { timeoutMs, signal },
      () => `it did not answer within ${timeoutMs} ms${connection.#lastFault}`,
    );
    connection.#link.connect().then(attempt.resolve, attempt.reject);
    try {
      await attempt.promise;
      connection.#observe();
      return connection;
    } catch (error) {
      connection.#drop();
      if (signal?.aborted && error === signal.reason) throw error;
      throw unreachable(address.name, error);
    }
  }

  private constructor(address: RedisAddress) {
    this.name = address.name;
    // Every call that is to be tried again listens here.
    setMaxListeners(0, this.#closing.signal);
    this.#link = address.type === "cluster" ? new ClusterLink(address) : new ServerLink(address);
    this.layout = this.#link.layout;
    this.subscriptions = new Subscriptions(this.#link, address.name);
    this.status = new ConnectionStatus({
      isUp: () => this.#isUp,
      probe: () => this.#link.ping(),
    });
  }

  /** What is the matter, for a call that ran out of time; `undefined` while connected. */
  get failure(): SyncError | undefined {
    if (this.#isUp) return undefined;
    return new SyncError("connection", `${this.name} is not connected${this.#lastFault}`, {
      cause: this.#link.lastError,
    });
  }

  /** As the end of a message; empty while connected. */
  get trouble(): string {
    const { failure } = this;
    return failure === undefined ? "" : `; ${failure.message}`;
  }

  get #lastFault(): string {
    const { lastError } = this.#link;
    return lastError instanceof Error ? ` (${lastError.message})` : "";
  }

  get #isUp(): boolean {
    return this.#link.isReady && this.#failing === 0;
  }

  /** Runs a script, as often as it takes to get an answer. Waits while there is no connection. */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    return asArray(
      await this.#untilAnswered(script.name, () => this.#link.run(script, keys, args)),
    );
  }

  /** Every key that matches the pattern, in batches; some more than once. */
  async *scan(pattern: string): AsyncGenerator<readonly string[], void, void> {
    for (let attempt = 1; ; attempt++) {
      try {
        for (const node of this.#link.primaries()) yield* scanNode(node, pattern);
        return;
      } catch (error) {
        this.#check("SCAN", error);
      }
      // From the beginning: of a cluster, other nodes may hold the keys now.
      await this.#pause(attempt);
    }
  }

  /** Removes keys, all of one run; resolves with how many there were. */
  async unlink(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    return this.#untilAnswered("UNLINK", () => this.#link.unlink(keys));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.status.close();
    await this.#link.quit();
    this.#drop();
  }

  async #untilAnswered<T>(command: string, send: () => Promise<T>): Promise<T> {
    let failures = 0;
    try {
      for (;;) {
        try {
          return await send();
        } catch (error) {
          this.#check(command, error);
        }
        if (failures++ === 0) this.#fails(1);
        await this.#pause(failures);
      }
    } finally {
      if (failures > 0) this.#fails(-1);
    }
  }

  #fails(more: 1 | -1): void {
    this.#failing += more;
    this.status.assess();
  }

  /** From the first connection on. */
  #observe(): void {
    this.#link.onChange = () => this.status.assess();
    this.status.assess();
  }

  /** Throws unless another attempt may succeed. */
  #check(command: string, error: unknown): void {
    if (this.#closing.signal.aborted) throw new SyncError("closed", `${this.name} was closed`);
    if (!isPassing(error)) throw refused(this.name, command, error);
  }

  /** Ends early when the connection is closed: the next attempt then says so. */
  async #pause(attempt: number): Promise<void> {
    const { signal } = this.#closing;
    await sleep(backoff(attempt), undefined, { signal }).catch(() => {});
  }

  #drop(): void {
    this.#closing.abort();
    this.#link.drop();
  }
}

async function* scanNode(
  node: Redis,
  pattern: string,
): AsyncGenerator<readonly string[], void, void> {
  let cursor = "0";
  do {
    const [next, keys] = await node.scan(cursor, "MATCH", pattern, "COUNT", 1_000);
    yield keys;
    cursor = next;
  } while (cursor !== "0");
}
