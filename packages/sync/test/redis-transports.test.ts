import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { RedisStore, removeOldRuns } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conformance } from "./conformance.ts";
import {
  documentedRights,
  makeCertificates,
  OwnDirectory,
  tlsArguments,
} from "./redis-deployments.ts";
import { freePort, OwnRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const key = { kind: "state", name: "s" } as const;

describe("over TLS", () => {
  let directory: OwnDirectory;
  let server: OwnRedis;
  let port: number;

  beforeAll(async () => {
    directory = await OwnDirectory.make();
    await makeCertificates(directory.path);
    port = await freePort();
    server = await OwnRedis.start(...tlsArguments(directory.path, port, "no"));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  test.each(["localhost", "127.0.0.1"])(
    "a server whose certificate is for %s is trusted by its authority",
    async (host) => {
      const ca = join(directory.path, "ca.pem");
      await using store = await RedisStore.connect(`rediss://${host}:${port}/1?ca=${ca}`);
      expect(store.name).toBe(`rediss://${host}:${port}/1`);
      const { counters, drop } = await store.open(scope);
      expect(await counters.addAndReach(key, 1, { requestId: "1" })).toBe(1);
      await drop();
    },
  );

  test("an unknown authority is refused, with the ways to name it", async () => {
    await expect(RedisStore.connect(`rediss://localhost:${port}`)).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/certificate.*; name its authority by \?ca=/),
    });
  });

  test("an unknown authority is accepted by who says so", async () => {
    await using store = await RedisStore.connect(`rediss://localhost:${port}?insecure=true`);
    await store.open(scope);
  });

  test("NODE_EXTRA_CA_CERTS names an authority too", async () => {
    const script = `
      const { RedisStore } = await import("@groundplan/sync/redis");
      const store = await RedisStore.connect("rediss://localhost:${port}");
      console.log(store.name);
      await store.close();`;
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", script],
      {
        cwd: new URL("..", import.meta.url),
        env: { ...process.env, NODE_EXTRA_CA_CERTS: join(directory.path, "ca.pem") },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await once(child, "close");
    expect(said.trim()).toBe(`rediss://localhost:${port}`);
  });

  test("a server that wants to know its clients takes those with a certificate", async () => {
    const own = await freePort();
    await using strict = await OwnRedis.start(...tlsArguments(directory.path, own, "yes"));
    const file = (name: string): string => join(directory.path, name);
    const url = `rediss://localhost:${own}?ca=${file("ca.pem")}`;
    await expect(RedisStore.connect(url)).rejects.toMatchObject({ code: "connection" });
    const known = `${url}&cert=${file("client.pem")}&key=${file("client.key")}`;
    await using store = await RedisStore.connect(known);
    await store.open(scope);
    expect(strict.port).not.toBe(own);
  });

  test("redis:// to a port that speaks TLS is told to use rediss://", async () => {
    const plain = RedisStore.connect(`redis://localhost:${port}`, { timeoutMs: 500 });
    await expect(plain).rejects.toMatchObject({ code: "connection" });
  });

  test("a connection that is cut comes back encrypted", async () => {
    const ca = join(directory.path, "ca.pem");
    await using store = await RedisStore.connect(`rediss://localhost:${port}?ca=${ca}`);
    const raw = new Redis(server.url);
    const { counters, drop } = await store.open(scope);
    await raw.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    expect(await counters.add(key, { requestId: "1" })).toBe(1);
    await drop();
    raw.disconnect();
  });
});

describe("over a unix socket", () => {
  test("the path and the database are those of the URL, also after a reconnect", async () => {
    await using directory = await OwnDirectory.make();
    const path = join(directory.path, "r.sock");
    await using server = await OwnRedis.start("--unixsocket", path);
    await using store = await RedisStore.connect(`redis+unix://${path}?db=3`);
    expect(store.name).toBe(`redis+unix://${path}?db=3`);
    const raw = new Redis(`${server.url}/3`);
    const { counters } = await store.open(scope);
    await counters.add(key, { requestId: "1" });
    await raw.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    expect(await counters.addAndReach(key, 2, { requestId: "2" })).toBe(2);
    expect(await raw.get("run:r:plan:p:case:c:states:s")).toBe("2");
    raw.disconnect();
  });

  test("a socket that is not there is reported", async () => {
    await expect(RedisStore.connect("redis+unix:///no/such.sock")).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/ENOENT.*no such socket/),
    });
  });
});

conformance("RedisStore as a user with the rights of docs/redis.md", async () => {
  const server = await OwnRedis.start();
  const raw = new Redis(server.url);
  const [rights = []] = await documentedRights("groundplan");
  await raw.call("ACL", ...rights);
  raw.disconnect();
  return {
    open: () => RedisStore.connect(`redis://groundplan:password@127.0.0.1:${server.port}`),
    close: () => server.stop(),
  };
});

test("old runs are removed by a user with the rights of docs/redis.md", async () => {
  await using server = await OwnRedis.start();
  const raw = new Redis(server.url);
  const [rights = []] = await documentedRights("groundplan");
  await raw.call("ACL", ...rights);
  const url = `redis://groundplan:password@127.0.0.1:${server.port}`;
  await using store = await RedisStore.connect(url);
  await (await store.open(scope)).counters.add(key, { requestId: "1" });
  const { removed } = await removeOldRuns(url, { olderThanMs: 0 });
  expect(removed).toHaveLength(1);
  expect(await raw.dbsize()).toBe(0);
  raw.disconnect();
});

test("the rights that an error names are those of docs/redis.md", async () => {
  await using server = await OwnRedis.start();
  const raw = new Redis(server.url);
  await raw.acl("SETUSER", "nobody", "on", ">pw", "+hello", "+client|setname");
  await using store = await RedisStore.connect(`redis://nobody:pw@127.0.0.1:${server.port}`);
  const [[, , , , ...rights] = []] = await documentedRights("groundplan");
  await expect(store.open(scope)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringContaining(`let the user have ${rights.join(" ")}`),
  });
  raw.disconnect();
});
