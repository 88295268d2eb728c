import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { freePort, OwnRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const state = { kind: "state", name: "s" } as const;
const log = { kind: "topic", name: "t" } as const;
const NEVER = 3_600_000;
const TARGETS = "gp:tgt:run:r:plan:p:case:c:states:s";

/** Cuts every connection but the caller's: ours counts as one of pub/sub once it listens. */
async function killAll(raw: Redis): Promise<void> {
  for (const type of ["normal", "pubsub"] as const) {
    await raw.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
  }
}

async function listening(raw: Redis): Promise<void> {
  await expect.poll(() => raw.zcard(TARGETS)).toBe(1);
}

test("signals and entries under way when the connection is cut, again and again, are counted once, and none is lost [72]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const namespace = await store.open(scope);
  const reached = namespace.counters.reach(state, 200);
  const collected = namespace.logs.collect(log, 200);
  const writes: Promise<number>[] = [];
  for (let i = 0; i < 200; i++) {
    writes.push(namespace.counters.add(state, { requestId: `${i}` }));
    writes.push(namespace.logs.append(log, `${i}`, { requestId: `${i}` }));
    if (i % 20 === 10) await killAll(raw);
  }
  const numbers = await Promise.all(writes);
  await reached;
  const dense = Array.from({ length: 200 }, (_, i) => i + 1);
  expect(numbers.filter((_, i) => i % 2 === 0).sort((a, b) => a - b)).toEqual(dense);
  expect(numbers.filter((_, i) => i % 2 === 1).sort((a, b) => a - b)).toEqual(dense);
  expect(new Set((await collected).map(({ json }) => json)).size).toBe(200);
  raw.disconnect();
});

test("a signal that was counted and whose answer was lost is sent again and counted once", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using store = await RedisStore.connect(proxy.redisUrl);
  const { counters, logs } = await store.open(scope);
  await counters.add(state, { requestId: "0" });
  proxy.commitThenDrop();
  expect(await counters.add(state, { requestId: "1" })).toBe(2);
  proxy.commitThenDrop();
  expect(await logs.append(log, "1", { requestId: "2" })).toBe(1);
  proxy.commitThenDrop();
  expect(await counters.addAndReach(state, 3, { requestId: "3" })).toBe(3);
  expect(await counters.read(state)).toBe(3);
  expect(await logs.snapshot(log)).toHaveLength(1);
  expect(proxy.lostReplies).toBe(3);
});

test("a request that the network kept back and delivered late changes nothing [129]", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using store = await RedisStore.connect(proxy.redisUrl);
  const { counters, logs, records } = await store.open(scope);
  const held = [proxy.holdRequest()];
  expect(await counters.add(state, { requestId: "1" })).toBe(1);
  held.push(proxy.holdRequest());
  expect(await logs.append(log, "1", { requestId: "2" })).toBe(1);
  held.push(proxy.holdRequest());
  await records.write("progress", { a: "1", b: "1" });
  await records.write("progress", { a: "2" });
  for (const request of held) await (await request).deliver();
  expect(await counters.read(state)).toBe(1);
  expect(await logs.snapshot(log)).toHaveLength(1);
  const found = await records.read("progress");
  expect([...found].map(([id, { json }]) => [id, json])).toEqual([
    ["a", "2"],
    ["b", "1"],
  ]);
});

test("what happened while the connection was lost is learnt when it is back, without a re-check being due [73]", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using cut = await RedisStore.connect(proxy.redisUrl, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const here = new SyncClient(await cut.open(scope));
  const there = new SyncClient(await other.open(scope));
  const waits = Promise.all([here.barrier("s", 1), take(here.subscribe("t"), 2)]);
  await listening(raw);
  void proxy.refuse();
  await there.publish("t", 1);
  await there.publish("t", 2);
  await there.signalEntry("s");
  proxy.heal();
  expect((await waits)[1]).toEqual([1, 2]);
  // And announcements are heard again.
  const again = here.barrier("s", 2);
  await listening(raw);
  await there.signalEntry("s");
  await again;
  raw.disconnect();
});

test("an announcement that arrives together with the answer before it opens the barrier", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using waiting = await RedisStore.connect(proxy.redisUrl, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const [here, there] = [await waiting.open(scope), await other.open(scope)];
  // From then on this process listens to the state.
  await here.counters.addAndReach(state, 1, { requestId: "1" });
  proxy.holdReplies();
  const waits = [
    here.counters.addAndReach(state, 3, { requestId: "2" }),
    here.counters.reach(state, 3),
    take(here.logs.read(log), 1),
  ];
  await listening(raw);
  await there.counters.add(state, { requestId: "3" });
  await expect.poll(() => proxy.heldReplies).toMatch(/\|count\|3\|.*:states:s\r\n/);
  proxy.releaseReplies();
  await there.logs.append(log, "1", { requestId: "4" });
  await Promise.all(waits);
  raw.disconnect();
});

test("a connection cut at any moment of a wait delays it and no more", async () => {
  await using server = await OwnRedis.start();
  await using waiting = await RedisStore.connect(server.url, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const [here, there] = [await waiting.open(scope), await other.open(scope)];
  for (let i = 0; i < 8; i++) {
    const key = { kind: "state", name: `s${i}` } as const;
    const waits = [
      here.counters.reach(key, 2),
      here.counters.addAndReach(key, 2, { requestId: "h" }),
    ];
    if (i % 2 === 0) await raw.ping();
    const cut = killAll(raw);
    await there.counters.add(key, { requestId: "t" });
    await Promise.all([...waits, cut]);
  }
  raw.disconnect();
});

test("when Redis loses its state, every wait and every call of the run says so within one re-check [74]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: 50 });
  const raw = new Redis(server.url);
  const namespace = await store.open(scope);
  const waits = [
    namespace.counters.reach(state, 2),
    namespace.counters.addAndReach(state, 2, { requestId: "1" }),
    namespace.logs.collect(log, 1),
    take(namespace.logs.read(log), 1),
  ];
  const ended = Promise.allSettled(waits);
  await listening(raw);
  await raw.flushall();
  for (const outcome of await ended) {
    expect(outcome).toMatchObject({ reason: { code: "state-lost", found: "" } });
  }
  const late = namespace.counters.add(state, { requestId: "2" });
  await expect(late).rejects.toMatchObject({ code: "state-lost" });
  const again = await store.open(scope);
  expect(await again.counters.add(state, { requestId: "1" })).toBe(1);
  const behind = namespace.logs.append(log, "1", { requestId: "3" });
  await expect(behind).rejects.toMatchObject({
    code: "state-lost",
    found: expect.stringMatching(/./),
  });
  raw.disconnect();
});

test("a signal of a new run under the old name does not open a barrier of the lost one", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url, {}, { recheckMs: NEVER });
  await using third = await RedisStore.connect(server.url, {}, { recheckMs: NEVER });
  const raw = new Redis(server.url);
  const wait = (await store.open(scope)).counters.reach(state, 1);
  const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
  await listening(raw);
  await raw.flushall();
  const { counters } = await other.open(scope);
  // Of two processes, so that it is said on the channel to which the lost one listens too.
  const theirs = [counters.reach(state, 1), (await third.open(scope)).counters.reach(state, 1)];
  await expect.poll(() => raw.zscore(TARGETS, "1")).not.toBeNull();
  await counters.add(state, { requestId: "1" });
  await Promise.all(theirs);
  await ended;
  raw.disconnect();
});

test("waits outlive a restart of a Redis that keeps its state [95]", async () => {
  const dir = await mkdtemp(join(tmpdir(), "groundplan-redis-"));
  {
    await using server = await OwnRedis.start(
      "--dir",
      dir,
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
    );
    await using store = await RedisStore.connect(server.url);
    const raw = new Redis(server.url);
    const client = new SyncClient(await store.open(scope));
    const waits = Promise.all([client.signalAndWait("s", 2), take(client.subscribe("t"), 1)]);
    await listening(raw);
    raw.disconnect();
    await server.stop();
    const whileDown = [client.signalEntry("s"), client.publish("t", 1)];
    await server.start();
    expect(await Promise.all(whileDown)).toEqual([2, 1]);
    expect(await waits).toEqual([1, [1]]);
  }
  await rm(dir, { recursive: true });
});

test("waits end with state-lost after a restart of a Redis that keeps nothing", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const { counters } = await store.open(scope);
  const wait = counters.reach(state, 1);
  const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
  await listening(raw);
  raw.disconnect();
  await server.stop();
  await server.start();
  await ended;
});

test("calls keep their deadline and their signal while there is no connection, and say that there is none [61]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const { counters, logs } = await store.open(scope);
  await counters.add(state, { requestId: "1" });
  const raw = new Redis(server.url);
  const stop = new AbortController();
  const wait = counters.reach(state, 3, { signal: stop.signal });
  await listening(raw);
  raw.disconnect();
  await server.stop();
  await expect(counters.add(state, { requestId: "2", timeoutMs: 100 })).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringMatching(
      /^state "s": no answer from \S+ in 100 ms; \S+ is not connected.*; the write may still be carried out$/,
    ),
  });
  await expect(counters.reach(state, 2, { timeoutMs: 20 })).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringMatching(/^state "s": 1 of 2 after 20 ms; .*is not connected/),
  });
  const read = take(logs.read(log, { timeoutMs: 20 }), 1);
  await expect(read).rejects.toMatchObject({ code: "timeout" });
  stop.abort(new Error("enough"));
  await expect(wait).rejects.toThrow("enough");
});

test("scripts that Redis has forgotten are sent again [110]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const { counters } = await store.open(scope);
  expect(await counters.add(state, { requestId: "1" })).toBe(1);
  await raw.script("FLUSH");
  const adds = [2, 3, 4].map((n) => counters.add(state, { requestId: `${n}` }));
  expect((await Promise.all(adds)).sort()).toEqual([2, 3, 4]);
  raw.disconnect();
});

test("writes that meet a server demoted to a replica are carried out once there is a primary again, without a warning", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const warnings: unknown[] = [];
  const warned = (warning: Error): unknown => warnings.push(warning);
  process.on("warning", warned);
  const { counters } = await store.open(scope);
  await raw.replicaof("127.0.0.1", await freePort());
  const adds = Promise.all(
    Array.from({ length: 20 }, (_, i) => counters.add(state, { requestId: `${i}` })),
  );
  await expect.poll(async () => /errorstat_READONLY/.test(await raw.info("errorstats"))).toBe(true);
  await raw.replicaof("NO", "ONE");
  expect(new Set(await adds).size).toBe(20);
  expect(await counters.read(state)).toBe(20);
  process.off("warning", warned);
  expect(warnings).toEqual([]);
  raw.disconnect();
});

test("a user without the rights is told which ones are needed [111]", async () => {
  await using server = await OwnRedis.start();
  const raw = new Redis(server.url);
  await raw.acl("SETUSER", "deaf", "on", ">pw", "~*", "resetchannels", "+@all");
  await raw.acl("SETUSER", "mute", "on", ">pw", "~other:*", "allchannels", "+@all");
  const at = `127.0.0.1:${server.port}`;
  await using deaf = await RedisStore.connect(`redis://deaf:pw@${at}`);
  const { counters } = await deaf.open(scope);
  const advice = {
    code: "connection",
    message: expect.stringMatching(/NOPERM.*; let the user have ~run/),
  };
  await expect(counters.reach(state, 1)).rejects.toMatchObject(advice);
  await using mute = await RedisStore.connect(`redis://mute:pw@${at}`);
  await expect(mute.open(scope)).rejects.toMatchObject(advice);
  raw.disconnect();
});
