import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { openStore } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { freePort, OwnRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const key = { kind: "state", name: "s" } as const;

test("a refused connection is reported at once, says what to do, and leaves nothing behind", async () => {
  const before = resources();
  const url = `redis://127.0.0.1:${await freePort()}`;
  const begun = performance.now();
  await expect(openStore(url)).rejects.toMatchObject({
    code: "connection",
    message: `cannot use ${url}: connect ECONNREFUSED ${url.slice(8)}; nothing listens there; start a Redis, or correct the host and port`,
  });
  expect(performance.now() - begun).toBeLessThan(1_000);
  expect(resources()).toEqual(before);
});

test("a host that does not exist is reported at once", async () => {
  const connect = RedisStore.connect("redis://no-such-host.invalid");
  await expect(connect).rejects.toMatchObject({ code: "connection" });
});

test("a server that accepts and says nothing is given up at the deadline", async () => {
  await using silent = await silentServer();
  const begun = performance.now();
  const connect = RedisStore.connect(silent.url, { timeoutMs: 50 });
  await expect(connect).rejects.toMatchObject({
    code: "connection",
    message: `cannot use ${silent.url}: it did not answer within 50 ms; is it a Redis, and not too busy?`,
  });
  await silent.abandoned;
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test("the caller's signal ends connecting, with its reason", async () => {
  await using silent = await silentServer();
  const stop = new AbortController();
  const connect = RedisStore.connect(silent.url, { signal: stop.signal });
  await silent.met;
  stop.abort(new Error("enough"));
  await expect(connect).rejects.toThrow("enough");
  await silent.abandoned;
  await expect(RedisStore.connect(silent.url, { signal: stop.signal })).rejects.toThrow("enough");
});

test("a password that is wrong or missing is reported without being shown", async () => {
  await using server = await OwnRedis.start("--requirepass", "p@ss:w/rd");
  const at = `127.0.0.1:${server.port}`;
  await expect(RedisStore.connect(`redis://:secret@${at}`)).rejects.toMatchObject({
    code: "connection",
    message: `cannot use redis://${at}: WRONGPASS invalid username-password pair or user is disabled.; give the user and password that it knows: redis://user:password@host`,
  });
  await expect(RedisStore.connect(`redis://${at}`)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringContaining("NOAUTH"),
  });
  for (const user of ["", "default"]) {
    await using store = await RedisStore.connect(
      `redis://${user}:${encodeURIComponent("p@ss:w/rd")}@${at}`,
    );
    expect(store.name).toBe(`redis://${at}`);
    await store.open(scope);
  }
});

test("a URL that names no Redis is refused, and its password not repeated", async () => {
  for (const url of [
    "redis://:secret@host:port",
    "redis://u:secret%zz@host",
    "redis://:secret@host/db",
    "http://:secret@host",
  ]) {
    const refusal = await RedisStore.connect(url).catch((error: unknown) => error);
    expect(refusal, url).toMatchObject({ code: "range" });
    expect(String(refusal)).not.toContain("secret");
  }
});

test("the database in the URL is the one that is used, also after a reconnect", async () => {
  await using server = await OwnRedis.start();
  const raw = new Redis(`${server.url}/7`);
  await using store = await RedisStore.connect(`${server.url}/7`);
  expect(store.name).toBe(`${server.url}/7`);
  const { counters } = await store.open(scope);
  await counters.add(key, { requestId: "1" });
  await raw.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  await counters.add(key, { requestId: "2" });
  expect(await raw.get("run:r:plan:p:case:c:states:s")).toBe("2");
  raw.disconnect();
  await expect(RedisStore.connect(`${server.url}/99`)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringContaining("DB index is out of range"),
  });
});

test("a server that speaks no RESP3 is refused", async () => {
  await using server = await OwnRedis.start("--rename-command", "HELLO", "");
  await expect(RedisStore.connect(server.url)).rejects.toMatchObject({
    code: "connection",
    message: `cannot use ${server.url}: it does not speak RESP3; use Redis 6 or later, with HELLO not renamed`,
  });
});

test("a server without TLS is no use to rediss://", async () => {
  await using server = await OwnRedis.start();
  const url = server.url.replace("redis:", "rediss:");
  await expect(RedisStore.connect(url, { timeoutMs: 300 })).rejects.toMatchObject({
    code: "connection",
    message: expect.stringContaining(`cannot use ${url}: `),
  });
});

test("a server that takes no more clients says so, and one that did so for a while is waited for [113]", async () => {
  await using server = await OwnRedis.start("--maxclients", "2");
  const raw = new Redis(server.url);
  const store = await RedisStore.connect(server.url);
  const { counters } = await store.open(scope);
  await expect(RedisStore.connect(server.url)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/maxclients/),
  });
  await raw.config("SET", "maxclients", "1");
  await raw.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  const adds = [1, 2, 3].map((n) => counters.add(key, { requestId: `${n}` }));
  await expect
    .poll(async () => /rejected_connections:(\d+)/.exec(await raw.info())?.[1])
    .not.toBe("1");
  await raw.config("SET", "maxclients", "2");
  expect((await Promise.all(adds)).sort()).toEqual([1, 2, 3]);
  raw.disconnect();
  await store.close();
});

test("closing while the connection is lost ends what waits and leaves nothing behind [109]", async () => {
  const before = resources();
  const server = await OwnRedis.start();
  const store = await RedisStore.connect(server.url);
  const { counters } = await store.open(scope);
  const wait = counters.reach(key, 2);
  await counters.add(key, { requestId: "1" });
  await server.stop();
  const add = counters.add(key, { requestId: "2" });
  const ended = Promise.allSettled([wait, add]);
  await Promise.all([store.close(), store.close()]);
  for (const outcome of await ended) expect(outcome).toMatchObject({ reason: { code: "closed" } });
  await expect(store.open(scope)).rejects.toMatchObject({ code: "closed" });
  await expect
    .poll(() => resources().filter((r) => r !== "Timeout"))
    .toEqual(before.filter((r) => r !== "Timeout"));
  expect(resources()).toEqual(before);
});

test("closing a store whose server is frozen takes no longer than the second it is given", async () => {
  await using server = await OwnRedis.start();
  const store = await RedisStore.connect(server.url);
  server.signal("SIGSTOP");
  const begun = performance.now();
  await store.close();
  expect(performance.now() - begun).toBeLessThan(2_000);
});

interface Silent extends AsyncDisposable {
  readonly url: string;
  /** Resolves once a client has connected. */
  readonly met: Promise<unknown>;
  /** Resolves once that client has let go of its connection. */
  readonly abandoned: Promise<unknown>;
}

async function silentServer(): Promise<Silent> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const met = once(server, "connection");
  const abandoned = met.then(([socket]) => once(socket, "close"));
  return {
    met,
    url: `redis://127.0.0.1:${port}`,
    abandoned,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What keeps this process alive: sockets, timers, child processes. */
function resources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout|Process/.test(name))
    .sort();
}
