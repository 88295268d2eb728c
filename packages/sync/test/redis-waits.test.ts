import { randomUUID } from "node:crypto";
import { type Namespace, type Scope, SyncClient } from "@groundplan/sync";
import { RedisStore, type RedisStoreOptions } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { take } from "./conformance.ts";
import { OwnRedis } from "./redis-server.ts";

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
const stateKey = ({ run }: Scope, name: string): string =>
  `run:${run}:plan:p:case:c:states:${name}`;
const topicKey = ({ run }: Scope, name: string): string =>
  `run:${run}:plan:p:case:c:topics:${name}`;
const connect = (options?: RedisStoreOptions): Promise<RedisStore> =>
  RedisStore.connect(server.url, {}, options);

/** Resolves once the target is registered in Redis, so that what follows comes after the wait. */
async function registered(key: string, target: number): Promise<void> {
  await expect.poll(() => raw.zcount(`gp:tgt:${key}`, target, target)).toBe(1);
}

test("a barrier reached by bare foreign increments opens within one re-check, for the waiters of every process [115]", async () => {
  await using quick = await connect({ recheckMs: 50 });
  await using slow = await connect({ recheckMs: 3_600_000 });
  const of = scope();
  const waits = [await quick.open(of), await slow.open(of)].map((namespace) =>
    new SyncClient(namespace).barrier("s", 3),
  );
  await registered(stateKey(of, "s"), 3);
  for (let i = 0; i < 3; i++) await raw.incr(stateKey(of, "s"));
  await Promise.all(waits);
});

test("a barrier that comes after silent foreign increments opens at once, with whoever waits already", async () => {
  await using store = await connect({ recheckMs: 3_600_000 });
  const of = scope();
  const client = new SyncClient(await store.open(of));
  const early = client.barrier("s", 2);
  await registered(stateKey(of, "s"), 2);
  await raw.incr(stateKey(of, "s"));
  await raw.incr(stateKey(of, "s"));
  await client.barrier("s", 2);
  await early;
});

test("bare foreign entries reach the subscribers of every process within one re-check, in order [116]", async () => {
  await using quick = await connect({ recheckMs: 50 });
  await using slow = await connect({ recheckMs: 3_600_000 });
  const of = scope();
  const clients = [await quick.open(of), await slow.open(of)].map((n) => new SyncClient(n));
  const reads = clients.map((client) => take(client.subscribe("t"), 3));
  await registered(topicKey(of, "t"), 1);
  // Together, because the slow one is told of one crossing by the quick one's re-check.
  await raw.multi([1, 2, 3].map((n) => ["xadd", topicKey(of, "t"), "*", "p", `${n}`])).exec();
  expect(await Promise.all(reads)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(await clients[1]?.publish("t", 4)).toBe(4);
});

test("with every announcement lost, barriers, subscriptions and collections still complete", async () => {
  let lost = 0;
  await using store = await connect({ recheckMs: 40, onNotify: () => lost++ < 0 });
  await using other = await connect();
  const of = scope();
  const namespace = await store.open(of);
  const client = new SyncClient(namespace);
  const helper = new SyncClient(await other.open(of));
  const waits = Promise.all([
    client.barrier("s", 2),
    client.signalAndWait("s", 2),
    take(client.subscribe("t"), 3),
    namespace.logs.collect({ kind: "topic", name: "t" }, 3),
  ]);
  await registered(topicKey(of, "t"), 3);
  for (let n = 1; n <= 3; n++) await helper.publish("t", n);
  await helper.signalEntry("s");
  const [, , entries, collected] = await waits;
  expect(entries).toEqual([1, 2, 3]);
  expect(collected).toHaveLength(3);
  expect(lost).toBeGreaterThan(0);
});

test("10,000 waiters of one barrier cost one subscription, one announcement and one script beyond their signals [132]", async () => {
  const heard: string[] = [];
  await using store = await connect({
    recheckMs: 3_600_000,
    onNotify: (channel) => heard.push(channel) > 0,
  });
  await using other = await connect();
  const of = scope();
  const { counters } = await store.open(of);
  const last = await other.open(of);
  const key = { kind: "state", name: "s" } as const;
  // So that the process listens to the channel of its own, on which it hears of all it waits for alone.
  await counters.reach({ kind: "own", name: "other" }, 1, { timeoutMs: 1 }).catch(() => {});
  const before = await calls("eval", "evalsha");
  const subscribed = await calls("subscribe");
  const both = Promise.all([
    Promise.all(
      Array.from({ length: 10_000 }, (_, i) =>
        counters.addAndReach(key, 10_001, { requestId: `${i}` }),
      ),
    ),
    Promise.all(Array.from({ length: 10_000 }, () => counters.reach(key, 10_001))),
  ]);
  await expect.poll(() => raw.get(stateKey(of, "s"))).toBe("10000");
  await last.counters.add(key, { requestId: "last" });
  const [seqs] = await both;
  expect(new Set(seqs).size).toBe(10_000);
  expect(heard).toHaveLength(1);
  expect((await calls("subscribe")) - subscribed).toBe(1);
  expect((await calls("eval", "evalsha")) - before).toBe(10_000 + 1 + 1);
});

test("1,000 subscribers of one topic that are at the same place share its pages", async () => {
  await using store = await connect();
  const namespace = await store.open(scope());
  const key = { kind: "own", name: "t" } as const;
  for (let i = 0; i < 600; i++) await namespace.logs.append(key, `${i}`, { requestId: `${i}` });
  const before = await calls("eval", "evalsha");
  const reads = await Promise.all(
    Array.from({ length: 1_000 }, () => take(namespace.logs.read(key), 600)),
  );
  expect(reads.every(({ length }) => length === 600)).toBe(true);
  expect((await calls("eval", "evalsha")) - before).toBeLessThan(10);
});

test("thousands that collect the same entries read them once", async () => {
  await using store = await connect();
  const namespace = await store.open(scope());
  const key = { kind: "own", name: "t" } as const;
  const before = await calls("eval", "evalsha");
  const collected = Promise.all(
    Array.from({ length: 2_000 }, () => namespace.logs.collect(key, 3)),
  );
  for (let i = 1; i <= 3; i++) await namespace.logs.append(key, `${i}`, { requestId: `${i}` });
  expect(new Set((await collected).map((entries) => entries.length))).toEqual(new Set([3]));
  expect((await calls("eval", "evalsha")) - before).toBe(3 + 1 + 1);
});

test("1,000 waiters of a process read the names at a barrier of members twice, for all of them", async () => {
  await using store = await connect({ recheckMs: 3_600_000 });
  await using other = await connect();
  const of = scope();
  const namespace = await store.open(of);
  const members = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
  const clients = members.map(() => new SyncClient(namespace));
  const helper = new SyncClient(await other.open(of));
  const waits = clients.map((client) => client.barrier("s", { members }));
  await registered(stateKey(of, "s"), 1_000);
  const read = await calls("hkeys");
  for (const member of members.slice(1)) await helper.signalEntry("s", { member });
  await helper.signalEntry("s", { member: "m0" });
  await Promise.all(waits);
  expect(read).toBe(1);
  expect((await calls("hkeys")) - read).toBe(1);
});

test("waiting asks nothing of Redis", async () => {
  await using store = await connect({ recheckMs: 3_600_000 });
  const of = scope();
  const client = new SyncClient(await store.open(of));
  const waits = Array.from({ length: 50 }, (_, i) => client.barrier(`s${i}`, 1));
  const read = take(client.subscribe("t"), 1);
  for (let i = 0; i < 50; i++) await registered(stateKey(of, `s${i}`), 1);
  await registered(topicKey(of, "t"), 1);
  const before = await calls("eval", "evalsha", "subscribe", "ping");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await calls("eval", "evalsha", "subscribe", "ping")) - before).toBe(0);
  for (let i = 0; i < 50; i++) await client.signalEntry(`s${i}`);
  await client.publish("t", 1);
  await Promise.all([...waits, read]);
});

test("entries are announced only to readers that have read everything [135]", async () => {
  const heard: string[] = [];
  await using reader = await connect({ onNotify: (channel) => heard.push(channel) > 0 });
  await using writer = await connect();
  const of = scope();
  const publisher = new SyncClient(await writer.open(of));
  const unheard = await calls("publish");
  for (let i = 0; i < 100; i++) await publisher.publish("t", i);
  const published = await calls("publish");
  expect(published).toBe(unheard);
  const entries = new SyncClient(await reader.open(of)).subscribe<number>("t");
  expect((await entries[Symbol.asyncIterator]().next()).value).toBe(0);
  for (let i = 100; i < 200; i++) await publisher.publish("t", i);
  // The reader is still busy with its first entry: it heard of the first new one and of none behind it.
  expect((await calls("publish")) - published).toBe(1);
  expect(await take(entries, 199)).toEqual(Array.from({ length: 199 }, (_, i) => i + 1));
});

test("a process that has closed its namespaces, or its store, listens to no channel", async () => {
  const store = await connect();
  const of = scope();
  const first = await store.open(of);
  const second = await store.open(of);
  const listen = async (namespace: Namespace): Promise<void> => {
    const wait = new SyncClient(namespace).barrier("s", 1);
    wait.catch(() => {});
    await expect.poll(() => channels(of)).not.toEqual([]);
  };
  await listen(first);
  await first.close();
  expect(await channels(of)).not.toEqual([]);
  await second.close();
  await expect.poll(() => channels(of)).toEqual([]);
  await listen(await store.open(of));
  await store.close();
  expect(await channels(of)).toEqual([]);
});

async function channels({ run }: Scope): Promise<unknown> {
  return raw.pubsub("CHANNELS", `*${run}*`);
}

/** How often Redis has run these commands. */
async function calls(...commands: readonly string[]): Promise<number> {
  const stats = await raw.info("commandstats");
  return commands
    .map((command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0))
    .reduce((sum, count) => sum + count, 0);
}
