import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";
import { freePort, OwnRedis, serverCommand } from "./redis-server.ts";

const run = promisify(execFile);

/** The lines of docs/redis.md that give a user the rights that are needed, as arguments of ACL. */
export async function documentedRights(user: string): Promise<readonly (readonly string[])[]> {
  const page = await readFile(new URL("../../../docs/redis.md", import.meta.url), "utf8");
  const lines = [...page.matchAll(/^ACL (SETUSER \S+ .*)$/gm)].map(([, line = ""]) =>
    line.split(" "),
  );
  return lines.filter(([, name]) => name === user);
}

/** A directory that goes with the test. */
export class OwnDirectory implements AsyncDisposable {
  readonly path: string;

  static async make(): Promise<OwnDirectory> {
    return new OwnDirectory(await mkdtemp(join(tmpdir(), "groundplan-redis-")));
  }

  private constructor(path: string) {
    this.path = path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An authority in `ca.pem`, and by it a server, in `server.pem` and `.key`, and a client, in `client.pem` and `.key`. */
export async function makeCertificates(directory: string): Promise<void> {
  const openssl = async (...args: string[]): Promise<void> => {
    await run("openssl", args, { cwd: directory }).catch((error: unknown) => {
      throw new Error("the TLS tests make certificates with openssl: is it on PATH?", {
        cause: error,
      });
    });
  };
  const key = ["-newkey", "rsa:2048", "-nodes"];
  const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test-ca"];
  await openssl("req", "-x509", ...key, ...authority);
  await writeFile(join(directory, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    const request = ["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`];
    await openssl("req", ...key, ...request);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-out", `${name}.pem`, "-days", "2");
  }
}

/** What makes a Redis speak TLS on a port, with certificates of {@link makeCertificates}. */
export function tlsArguments(directory: string, port: number, clients: "yes" | "no"): string[] {
  const file = (name: string): string => join(directory, name);
  const own = ["--tls-cert-file", file("server.pem"), "--tls-key-file", file("server.key")];
  const others = ["--tls-ca-cert-file", file("ca.pem"), "--tls-auth-clients", clients];
  return ["--tls-port", `${port}`, ...own, ...others];
}

/** Three nodes that share the slots, without replicas. */
export class OwnCluster implements AsyncDisposable {
  readonly nodes: readonly OwnRedis[];
  readonly #directories: readonly OwnDirectory[];

  /** With what each node is started with besides. */
  static async start(...args: string[]): Promise<OwnCluster> {
    const members = await Promise.all([1, 2, 3].map(() => startNode(args)));
    const cluster = new OwnCluster(
      members.map(({ node }) => node),
      members.map(({ directory }) => directory),
    );
    const create = ["--cluster", "create", ...members.map(({ at }) => at), "--cluster-yes"];
    try {
      await run("redis-cli", create);
      await Promise.all(cluster.nodes.map(isUp));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(nodes: readonly OwnRedis[], directories: readonly OwnDirectory[]) {
    this.nodes = nodes;
    this.#directories = directories;
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of [...this.nodes, ...this.#directories]) await part[Symbol.asyncDispose]();
  }
}

async function startNode(
  args: readonly string[],
): Promise<{ node: OwnRedis; directory: OwnDirectory; at: string }> {
  const directory = await OwnDirectory.make();
  const bus = await freePort();
  const cluster = ["--cluster-enabled", "yes", "--cluster-port", `${bus}`];
  const quick = ["--cluster-node-timeout", "1000", "--dir", directory.path];
  const node = await OwnRedis.start(...cluster, ...quick, ...args);
  return { node, directory, at: `127.0.0.1:${node.port}@${bus}` };
}

async function isUp({ url }: OwnRedis): Promise<void> {
  const isOk = async (): Promise<boolean> => {
    const { stdout } = await run("redis-cli", ["-u", url, "cluster", "info"]);
    return stdout.includes("cluster_state:ok");
  };
  await vi.waitUntil(isOk, { timeout: 10_000 });
}

/** A primary and its replica, over which three Sentinels watch; two agree that a primary is down after a second. */
export class OwnSentinels implements AsyncDisposable {
  readonly primary: OwnRedis;
  readonly replica: OwnRedis;
  readonly ports: readonly number[];
  readonly #parts: readonly AsyncDisposable[];

  static async start(): Promise<OwnSentinels> {
    const directory = await OwnDirectory.make();
    // A replica keeps there what it was sent.
    const dir = ["--dir", directory.path];
    const primary = await OwnRedis.start(...dir, "--repl-diskless-sync-delay", "0");
    const replica = await OwnRedis.start(...dir, "--replicaof", "127.0.0.1", `${primary.port}`);
    const sentinels = await Promise.all(
      [1, 2, 3].map(() => startSentinel(directory.path, primary.port)),
    );
    const ports = sentinels.map(({ port }) => port);
    return new OwnSentinels(primary, replica, ports, [...sentinels, primary, replica, directory]);
  }

  private constructor(
    primary: OwnRedis,
    replica: OwnRedis,
    ports: readonly number[],
    parts: readonly AsyncDisposable[],
  ) {
    this.primary = primary;
    this.replica = replica;
    this.ports = ports;
    this.#parts = parts;
  }

  get url(): string {
    return `redis+sentinel://${this.ports.map((port) => `127.0.0.1:${port}`).join(",")}/main`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts) await part[Symbol.asyncDispose]();
  }
}

async function startSentinel(
  directory: string,
  primary: number,
): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort();
  const config = join(directory, `sentinel-${port}.conf`);
  await writeFile(
    config,
    `port ${port}
dir ${directory}
sentinel monitor main 127.0.0.1 ${primary} 2
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
`,
  );
  const server = spawn(serverCommand(), [config, "--sentinel"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let log = "";
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    log += chunk;
    if (log.includes("+monitor")) break;
  }
  if (server.stdout.readableEnded) throw new Error(`Sentinel did not start:\n${log}`);
  server.stdout.resume();
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await once(server, "exit");
    },
  };
}
