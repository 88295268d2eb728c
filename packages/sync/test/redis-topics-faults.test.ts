import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnDirectory } from "./redis-deployments.ts";
import { OwnRedis } from "./redis-server.ts";

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** The bytes of this process that are no garbage. */
function inUse(): number {
  if (typeof collect === "function") collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const scope = { run: "r", plan: "p", case: "c" } as const;

test("subscriptions of a Redis that is killed and comes back, three times in 1,500 messages, miss none and repeat none [95]", async () => {
  await using directory = await OwnDirectory.make();
  await using server = await OwnRedis.start(
    ...["--appendonly", "yes", "--appendfsync", "always", "--dir", directory.path],
  );
  const stores = await Promise.all([1, 2, 3].map(() => RedisStore.connect(server.url)));
  const clients = await Promise.all(
    stores.map(async (store) => new SyncClient(await store.open(scope))),
  );
  const [publisher, ...subscribers] = clients;
  const all = Array.from({ length: 1_500 }, (_, i) => i + 1);
  const reads = subscribers.map((subscriber) => take(subscriber.subscribe<number>("t"), 1_500));
  const publishing = (async () => {
    for (const i of all) expect(await publisher?.publish("t", i)).toBe(i);
  })();
  for (const i of [300, 700, 1_100]) {
    await Promise.all(clients.map((client) => take(client.subscribe("t", { after: i }), 1)));
    await server.stop("SIGKILL");
    await server.start();
  }
  await publishing;
  for (const read of await Promise.all(reads)) expect(read).toEqual(all);
  for (const store of stores) await store.close();
});

test("a slow consumer of 40 MB holds a bounded part of it, as Redis does for it, and keeps its connection [96]", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using slow = await RedisStore.connect(proxy.redisUrl);
  await using fast = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const [here, there] = [await slow.open(scope), new SyncClient(await fast.open(scope))];
  const entry = "x".repeat(20_000);
  const count = 2_000;
  const reading = new SyncClient(here).subscribe<string>("t");
  const first = reading.next();
  await there.publish("t", entry);
  await first;
  const before = inUse();
  const most = { mine: 0, servers: 0 };
  const measure = async (): Promise<void> => {
    most.mine = Math.max(most.mine, inUse() - before);
    const list = String(await raw.client("LIST"));
    const buffers = [...list.matchAll(/omem=(\d+)/g)].map(([, bytes]) => Number(bytes));
    most.servers = Math.max(most.servers, ...buffers);
  };
  for (let i = 1; i < count; i += 100) {
    const batch = Math.min(100, count - i);
    await Promise.all(Array.from({ length: batch }, () => there.publish("t", entry)));
    await measure();
  }
  for (let i = 1; i < count; i++) {
    expect((await reading.next()).value).toHaveLength(entry.length);
    if (i % 100 === 0) await measure();
  }
  // Of 40 MB: the page that is read.
  expect(most.mine).toBeLessThan(16_000_000);
  expect(most.servers).toBeLessThan(2_000_000);
  expect(proxy.connections).toBe(1);
  await reading.return?.();
  raw.disconnect();
});
