import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { type Namespace, WorkQueue } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const TTL_MS = 600;

const queueOf = (run: Namespace): WorkQueue<number> =>
  new WorkQueue<number>(run, "jobs", { leaseMs: TTL_MS });

test("consumers resume after a partition that their sessions, their leases and their turns have not outlived [102]", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using there = await RedisStore.connect(server.url);
  const stores = await Promise.all([1, 2].map(() => RedisStore.connect(proxy.redisUrl)));
  const runs = await Promise.all(
    stores.map((store) => store.open(scope, { sessionTtlMs: TTL_MS })),
  );
  const queue = queueOf(await there.open(scope));
  const done = new Set<number>();
  const end = new AbortController();
  const consumers = runs.map((run) =>
    queueOf(run).consume(
      async ({ value, lost }) => {
        // One that is in hand when the network is gone stays so until that is known.
        if (value === 0 && !done.has(0)) await once(lost, "abort");
        done.add(value);
      },
      { signal: end.signal, concurrency: 2 },
    ),
  );
  const ends = Promise.allSettled(consumers);
  await queue.put(0);
  await queue.put(1);
  await expect.poll(() => [...done]).toEqual([1]);
  for (let outage = 1; outage <= 2; outage++) {
    const lost = await Promise.all(runs.map(async (run) => (await run.session()).lost));
    void proxy.refuse();
    await Promise.all(lost.map((signal) => once(signal, "abort")));
    await pause(2 * TTL_MS);
    for (let i = 1; i <= 5; i++) await queue.put(10 * outage + i);
    proxy.heal();
    await expect.poll(() => done.size).toBe(2 + 5 * outage);
    await expect.poll(() => queue.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  }
  end.abort(new Error("enough"));
  for (const one of await ends) expect(one).toMatchObject({ reason: { message: "enough" } });
  for (const store of stores) await store.close();
});

test("who waits to take outlives its session too, because it holds nothing [102]", async () => {
  await using server = await OwnRedis.start();
  await using proxy = await FaultProxy.start(server.port);
  await using here = await RedisStore.connect(proxy.redisUrl);
  await using there = await RedisStore.connect(server.url);
  const run = await here.open(scope, { sessionTtlMs: TTL_MS });
  const taken = queueOf(run).take();
  const lost = once((await run.session()).lost, "abort");
  void proxy.refuse();
  await lost;
  proxy.heal();
  await queueOf(await there.open(scope)).put(7);
  expect((await taken).value).toBe(7);
});

test("a queue whose keys are gone hangs nobody who waits for its items [102]", async () => {
  await using server = await OwnRedis.start();
  const raw = new Redis(server.url);
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: 100 });
  const run = await store.open(scope);
  const forget = async (): Promise<void> => {
    await raw.del(await raw.keys("gp:*work-queue:jobs"));
  };
  // Nothing has ever been in it: nothing is missed.
  const early = queueOf(run).take();
  await expect.poll(() => raw.keys("gp:tgt:*work-queue:jobs*")).not.toEqual([]);
  await forget();
  await queueOf(run).put(1);
  expect((await early).value).toBe(1);
  // What has been in it is gone: whoever waits learns of that.
  const late = queueOf(run).take();
  const told = expect(late).rejects.toMatchObject({ code: "state-lost" });
  await expect.poll(() => raw.keys("gp:tgt:*work-queue:jobs*")).not.toEqual([]);
  await forget();
  await told;
  raw.disconnect();
});
