import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { inject } from "vitest";

/** A Redis of one test's own, to be stopped, emptied and cut off without harm to others. */
export class OwnRedis implements AsyncDisposable {
  readonly port: number;
  readonly #args: readonly string[];
  #server: ChildProcess | undefined;

  static async start(...args: string[]): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), args);
    await redis.start();
    return redis;
  }

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again if it was stopped, on the same port. */
  async start(): Promise<void> {
    const all = ["--port", `${this.port}`, "--save", "", "--appendonly", "no", ...this.#args];
    const server = spawn(serverCommand(), all, { stdio: ["ignore", "pipe", "inherit"] });
    this.#server = server;
    let log = "";
    for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
      log += chunk;
      if (log.includes("Ready to accept connections")) break;
    }
    if (server.stdout.readableEnded) throw new Error(`Redis did not start:\n${log}`);
    server.stdout.resume();
  }

  /** `SIGKILL`: in the middle of whatever it does, as when the machine fails. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.kill(signal);
    await once(server, "exit");
  }

  /** Stops answering without closing anything, as behind a broken network; `SIGCONT` ends it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#server?.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGCONT");
    await this.stop();
  }
}

/** Where the Redis that all test files share listens. */
export function sharedRedis(): string {
  const url = inject("redisUrl");
  if (url === undefined) throw new Error("these tests need redis-server or valkey-server on PATH");
  return url;
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port was given");
  return address.port;
}

/** What starts a server here. */
export function serverCommand(): string {
  const found = ["redis-server", "valkey-server"].find(
    (name) => spawnSync(name, ["--version"]).status === 0,
  );
  return found ?? "redis-server";
}
