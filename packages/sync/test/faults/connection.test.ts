import { Gate, type Namespace, SyncClient } from "@groundplan/sync";
import { RedisStore, type RedisStoreOptions } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { take } from "../conformance.ts";
import { OwnRedis } from "../redis-server.ts";
import { FaultProxy } from "./proxy.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const state = { kind: "state", name: "s" } as const;
const topic = { kind: "topic", name: "t" } as const;
const NEVER = 3_600_000;

let server: OwnRedis;
let raw: Redis;
let proxy: FaultProxy;
let rejections: unknown[];
const rejected = (reason: unknown): unknown => rejections.push(reason);

beforeAll(async () => {
  server = await OwnRedis.start();
  raw = new Redis(server.url);
});
afterAll(async () => {
  raw.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await raw.flushall();
  proxy = await FaultProxy.start(server.port);
  rejections = [];
  process.on("unhandledRejection", rejected);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  process.off("unhandledRejection", rejected);
  // In none of these tests, whatever is cut and when [108].
  expect(rejections).toEqual([]);
});

const connect = (options: RedisStoreOptions = { recheckMs: NEVER }): Promise<RedisStore> =>
  RedisStore.connect(proxy.redisUrl, {}, options);

async function registered(name: string, target: number): Promise<void> {
  const key = `gp:tgt:run:r:plan:p:case:c:${name}`;
  await expect.poll(() => raw.zcount(key, target, target)).toBe(1);
}

const CUTS = {
  "before a request is sent": () => proxy.cut(),
  "after a request is sent and before it arrives": () => void proxy.holdRequest("counted"),
  "after a request is carried out and before its answer": () => proxy.commitThenDrop(),
} as const;

for (const [when, cut] of Object.entries(CUTS)) {
  test(`a connection cut ${when}: signals and entries count once, waits end [107]`, async () => {
    await using store = await connect();
    await using helper = await RedisStore.connect(server.url);
    const [here, there] = [await store.open(scope), await helper.open(scope)];
    await here.counters.read(state);
    const name = "counted";
    const own = { kind: "own", name } as const;
    const perform: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      add: (requestId) => here.counters.add({ kind: "state", name }, { requestId }),
      append: (requestId) => here.logs.append(own, "1", { requestId }),
      meet: (requestId) => here.counters.addAndReach({ kind: "own", name }, 1, { requestId }),
      collect: () => here.logs.collect(own, 1),
      reach: () => here.counters.reach({ kind: "own", name }, 1),
    };
    for (const [id, operation] of Object.entries(perform)) {
      cut();
      await operation(id);
    }
    expect(await there.counters.read({ kind: "state", name })).toBe(1);
    expect(await there.counters.read({ kind: "own", name })).toBe(1);
    expect(await there.logs.snapshot(own)).toHaveLength(1);
  });
}

test("a connection cut while it subscribes, and while it subscribes again, loses no announcement [107]", async () => {
  await using store = await connect();
  await using helper = await RedisStore.connect(server.url);
  const [here, there] = [await store.open(scope), await helper.open(scope)];
  const first = proxy.holdRequest("subscribe");
  const reached = here.counters.reach(state, 1);
  await first;
  await registered("states:s", 1);
  const again = proxy.holdRequest("subscribe");
  proxy.cut();
  await again;
  await there.counters.add(state, { requestId: "1" });
  await reached;
  const next = here.counters.reach(state, 2);
  await registered("states:s", 2);
  await there.counters.add(state, { requestId: "2" });
  await next;
});

test("a half-open connection is noticed, and what waited on it goes on", async () => {
  await using store = await connect();
  const { counters } = await store.open(scope);
  await counters.add(state, { requestId: "1" });
  proxy.blackhole("established");
  expect(await counters.add(state, { requestId: "2" })).toBe(2);
  expect(proxy.connections).toBe(2);
});

test("requests that a blocked network delivers after their connection is gone count once [129]", async () => {
  await using store = await connect();
  const { counters } = await store.open(scope);
  proxy.blackhole();
  const adds = Promise.all([1, 2, 3].map((n) => counters.add(state, { requestId: `${n}` })));
  await new Promise((resolve) => setTimeout(resolve, 50));
  proxy.heal();
  await adds;
  expect(await counters.read(state)).toBe(3);
});

test("a gate opened and closed again while a waiter was cut off has let it pass [62]", async () => {
  await using store = await connect();
  await using helper = await RedisStore.connect(server.url);
  const [here, there] = [await store.open(scope), await helper.open(scope)];
  const gate = new Gate(there, "g");
  await gate.close();
  const passed = new Gate(here, "g").wait();
  await expect.poll(() => raw.keys("gp:tgt:*gate*")).toHaveLength(1);
  void proxy.refuse();
  await gate.open();
  await gate.close();
  proxy.heal();
  await passed;
});

test("a dead subscriber costs one announcement, and leaves nothing in the way of publishers [94]", async () => {
  const store = await connect();
  await using helper = await RedisStore.connect(server.url);
  const [here, there] = [await store.open(scope), await helper.open(scope)];
  const reading = take(here.logs.read(topic), 1);
  reading.catch(() => {});
  await registered("topics:t", 1);
  void proxy.refuse();
  await expect.poll(() => raw.pubsub("NUMSUB", "gp:ch:run:r:plan:p:case:c:topics:t")).toContain(0);
  for (let i = 1; i <= 20; i++) await there.logs.append(topic, `${i}`, { requestId: `${i}` });
  expect(await raw.zcard("gp:tgt:run:r:plan:p:case:c:topics:t")).toBe(0);
  await store.close();
  expect(await there.logs.snapshot(topic)).toHaveLength(20);
});

test("a subscriber that left and comes back goes on where it was, also over a restart of its connection [95]", async () => {
  await using store = await connect();
  const client = new SyncClient(await store.open(scope));
  const { logs } = await store.open(scope);
  for (let i = 1; i <= 3; i++) await client.publish("t", i);
  expect(await take(logs.read(topic), 3)).toHaveLength(3);
  proxy.cut();
  const rest = take(logs.read(topic, { after: 3 }), 2);
  await registered("topics:t", 4);
  void proxy.refuse();
  proxy.heal();
  for (let i = 4; i <= 5; i++) await client.publish("t", i);
  expect((await rest).map(({ seq }) => seq)).toEqual([4, 5]);
});

test("a subscriber too slow for its announcements is cut off by Redis once, comes back, and has missed nothing [96]", async () => {
  await using slow = await connect();
  await using helper = await RedisStore.connect(server.url);
  const [here, there] = [await slow.open(scope), await helper.open(scope)];
  await raw.config("SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
  const read = take(here.logs.read(topic), 3);
  await registered("topics:t", 1);
  const before = proxy.connections;
  proxy.blackhole();
  const noise = "x".repeat(500_000);
  const channel = "gp:ch:run:r:plan:p:case:c:topics:t";
  while ((await raw.publish(channel, noise)) > 0);
  for (let i = 1; i <= 3; i++) await there.logs.append(topic, `${i}`, { requestId: `${i}` });
  proxy.heal();
  expect((await read).map(({ json }) => json)).toEqual(["1", "2", "3"]);
  expect(proxy.connections).toBe(before + 1);
});

test("1,000 instances meet over one connection, and 10,000 over ten [112]", async () => {
  const stores = await Promise.all(Array.from({ length: 10 }, () => connect()));
  const meet = async (on: readonly Namespace[], count: number, name: string): Promise<void> => {
    const seqs = await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const namespace = on[i % on.length];
        return namespace?.counters.addAndReach({ kind: "state", name }, count, {
          requestId: `${i}`,
        });
      }),
    );
    expect(new Set(seqs).size).toBe(count);
  };
  const namespaces = await Promise.all(stores.map((store) => store.open(scope)));
  await meet(namespaces.slice(0, 1), 1_000, "few");
  await meet(namespaces, 10_000, "many");
  expect(proxy.connections).toBe(10);
  await Promise.all(stores.map((store) => store.close()));
});
