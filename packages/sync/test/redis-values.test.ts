import { randomUUID } from "node:crypto";
import {
  AtomicLong,
  CountDownLatch,
  CyclicBarrier,
  Exchanger,
  Gate,
  IdGenerator,
  type Namespace,
  RateLimiter,
  type Scope,
  SharedValue,
  StateLostError,
} from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnRedis } from "./redis-server.ts";

const NEVER = 3_600_000;
const own = { kind: "own", name: "c" } as const;
let server: OwnRedis;
let raw: Redis;

beforeAll(async () => {
  server = await OwnRedis.start();
  raw = new Redis(server.url);
});
afterAll(async () => {
  raw.disconnect();
  await server.stop();
});

const scope = (): Scope => ({ run: randomUUID(), plan: "p", case: "c" });

/** Resolves once something awaits the register, or the counter, in Redis. */
async function awaited(of: Scope, kind: "reg" | "ctr", name: string): Promise<void> {
  const key = `gp:tgt:gp:${kind}:run:${of.run}:plan:p:case:c:own:${name}`;
  await expect.poll(() => raw.zcard(key)).toBeGreaterThan(0);
}

/** Everything that registers, rates and counters with targets can be asked. */
function operations({
  counters,
  registers,
  rates,
}: Namespace): readonly (() => Promise<unknown>)[] {
  const mutation = { requestId: "1" };
  return [
    () => registers.read("r"),
    () => registers.write("r", "1", mutation),
    () => registers.add("r", 1, mutation),
    () => take(registers.watch("r"), 1),
    () => rates.configure("r", { ...mutation, intervalUs: 1, burst: 1 }),
    () => rates.reserve("r", { ...mutation, permits: 1 }),
    () => rates.refund("r", "1"),
    () => counters.add(own, { ...mutation, by: 3, onlyIf: "even" }),
    () => counters.declare(own, 1, mutation),
    () => counters.declared(own),
    () => counters.reach(own, "declared"),
    () => counters.reach(own, { roundOf: 2 }),
    () => counters.addAndReach(own, { roundOf: 2 }, mutation),
  ];
}

test("every operation on registers, rates and targets checks the epoch and changes nothing under another", async () => {
  await using store = await RedisStore.connect(server.url);
  const of = scope();
  const namespace = await store.open(of);
  const meta = `gp:meta:run:${of.run}:plan:p:case:c`;
  await raw.hset(meta, "epoch", "another");
  for (const operation of operations(namespace)) {
    const error = await operation().catch((e: unknown) => e);
    expect(error, String(operation)).toBeInstanceOf(StateLostError);
  }
  expect(await raw.keys(`*${of.run}*`)).toEqual([meta]);
});

test("every key of a register, a rate and a target starts with gp:, has a time to live, and goes with its run", async () => {
  await using store = await RedisStore.connect(server.url);
  const of = scope();
  const namespace = await store.open(of);
  expect(await namespace.registers.read("r")).toBeUndefined();
  expect(await namespace.counters.declared(own)).toBeUndefined();
  expect(await raw.keys(`*${of.run}*`)).toHaveLength(1);
  for (const operation of operations(namespace).slice(0, 10)) await operation();
  await namespace.counters.reach(own, 99, { timeoutMs: 20 }).catch(() => {});
  await take(namespace.registers.watch("r", { after: 9, timeoutMs: 20 }), 1).catch(() => {});
  const keys = await raw.keys(`*${of.run}*`);
  expect(keys.length).toBeGreaterThan(8);
  for (const key of keys) {
    expect(key).toMatch(/^gp:/);
    expect(await raw.pttl(key), key).toBeGreaterThan(0);
  }
  await namespace.drop();
  expect(await raw.keys(`*${of.run}*`)).toEqual([]);
});

test("with every announcement lost, everything still completes by re-check [34]", async () => {
  const deaf = { recheckMs: 100, onNotify: () => false };
  await using here = await RedisStore.connect(server.url, {}, deaf);
  await using there = await RedisStore.connect(server.url, {}, deaf);
  const of = scope();
  const [a, b] = [await here.open(of), await there.open(of)];
  await new Gate(a, "g").close();
  const waits = Promise.all([
    new Gate(b, "g").wait(),
    new CountDownLatch(b, "l").wait(),
    new SharedValue<number>(b, "v").waitUntil((n) => n === 2),
    new CyclicBarrier(b, "c", 2).arrive(),
    new Exchanger<string>(b, "x").exchange("b"),
  ]);
  await awaited(of, "reg", "gate:g");
  await new Gate(a, "g").open();
  await new CountDownLatch(a, "l").countDown();
  await new CountDownLatch(a, "l").init(1);
  for (const n of [1, 2]) await new SharedValue<number>(a, "v").set(n);
  await new CyclicBarrier(a, "c", 2).arrive();
  expect(await new Exchanger<string>(a, "x").exchange("a")).toBe("b");
  expect((await waits)[4]).toBe("a");
});

test("a gate that was opened and closed while a waiter was disconnected lets it pass [62]", async () => {
  await using proxy = await FaultProxy.start(server.port);
  await using cut = await RedisStore.connect(proxy.redisUrl, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url);
  const of = scope();
  const waiter = new Gate(await cut.open(of), "g");
  const opener = new Gate(await other.open(of), "g");
  await opener.close();
  const wait = waiter.wait({ timeoutMs: 20_000 });
  await awaited(of, "reg", "gate:g");
  void proxy.refuse();
  await opener.open();
  await opener.close();
  proxy.heal();
  await wait;
  expect(await waiter.isOpen()).toBe(false);
});

test("a change that was missed while disconnected is seen after the reconnect, and so are later ones [91]", async () => {
  await using proxy = await FaultProxy.start(server.port);
  await using cut = await RedisStore.connect(proxy.redisUrl, {}, { recheckMs: NEVER });
  await using other = await RedisStore.connect(server.url);
  const of = scope();
  const watcher = new SharedValue<number>(await cut.open(of), "v").watch({ timeoutMs: 20_000 });
  const setter = new SharedValue<number>(await other.open(of), "v");
  await setter.set(0);
  expect((await watcher.next()).value).toEqual({ value: 0, version: 1 });
  const missed = watcher.next();
  await awaited(of, "reg", "value:v");
  void proxy.refuse();
  await setter.set(1);
  await setter.set(2);
  proxy.heal();
  expect((await missed).value).toEqual({ value: 2, version: 3 });
  const heard = watcher.next();
  await awaited(of, "reg", "value:v");
  await setter.set(3);
  expect((await heard).value).toEqual({ value: 3, version: 4 });
});

test("writes whose answers are lost count once, and a compare-and-set does not conflict with itself [107]", async () => {
  await using proxy = await FaultProxy.start(server.port);
  await using store = await RedisStore.connect(proxy.redisUrl);
  const namespace = await store.open(scope());
  const number = new AtomicLong(namespace, "n");
  const ids = new IdGenerator(namespace, "i", { blockSize: 4 });
  const value = new SharedValue<string>(namespace, "v");
  const limiter = new RateLimiter(namespace, "r", { permits: 1, perMs: 60_000 });
  await number.get();
  const losing = async <T>(operation: () => Promise<T>): Promise<T> => {
    proxy.commitThenDrop();
    return operation();
  };
  expect(await losing(() => number.add(5))).toBe(5);
  expect(await number.get()).toBe(5);
  expect(await losing(() => value.set("x", { ifVersion: 0 }))).toBe(1);
  expect(await losing(() => ids.next())).toBe(1);
  for (const id of [2, 3, 4, 5]) expect(await ids.next()).toBe(id);
  expect(await losing(() => limiter.tryAcquire())).toBe(true);
  expect(await limiter.tryAcquire()).toBe(false);
  expect(proxy.lostReplies).toBe(4);
});

test("additions and updates under way when the connection is cut, again and again, are exact [72]", async () => {
  await using store = await RedisStore.connect(server.url);
  await using other = await RedisStore.connect(server.url);
  const of = scope();
  const [a, b] = [await store.open(of), await other.open(of)];
  const sums: Promise<number>[] = [];
  for (let i = 0; i < 200; i++) {
    sums.push(new AtomicLong(i % 2 ? a : b, "n").increment());
    if (i % 40 !== 20) continue;
    for (const type of ["normal", "pubsub"]) {
      await raw.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
    }
  }
  const dense = Array.from({ length: 200 }, (_, i) => i + 1);
  expect((await Promise.all(sums)).sort((x, y) => x - y)).toEqual(dense);
});

test("1,000 watchers of one process cost one subscription and one reading a change", async () => {
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: NEVER });
  const of = scope();
  const namespace = await store.open(of);
  await namespace.registers.write("r", "1", { requestId: "1" });
  const watchers = Array.from({ length: 1_000 }, () =>
    take(namespace.registers.watch("r", { after: 1 }), 1),
  );
  await awaited(of, "reg", "r");
  const before = await scripts();
  await namespace.registers.write("r", "2", { requestId: "2" });
  for (const [seen] of await Promise.all(watchers)) expect(seen?.version).toBe(2);
  expect((await scripts()) - before).toBeLessThan(10);
  expect(await raw.pubsub("CHANNELS", `gp:ch:gp:reg:*${of.run}*:r`)).toHaveLength(1);
});

async function scripts(): Promise<number> {
  const stats = await raw.info("commandstats");
  const counts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
