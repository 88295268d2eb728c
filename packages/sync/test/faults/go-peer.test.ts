import { SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { take } from "../conformance.ts";
import { OwnRedis } from "../redis-server.ts";

const BASE = "run:r:plan:p:case:c";

test("instances of Testground's client for Go, as it speaks to Redis, and ours meet and hear each other [118]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: 200 });
  const ours = new SyncClient(await store.open({ run: "r", plan: "p", case: "c" }));
  const theirs = new Redis(server.url);
  const reader = new Redis(server.url);
  const met = goBarrier(theirs, "s", 4);
  const heard = goSubscribe(reader, "t", 4);
  const all = take(ours.subscribe<string>("t"), 4);
  const waits = Promise.all([ours.signalAndWait("s", 4), ours.signalAndWait("s", 4)]);
  for (const [mine, other] of [
    ["a", "b"],
    ["c", "d"],
  ] as const) {
    await ours.publish("t", mine);
    await goPublish(theirs, "t", other);
    await theirs.incr(`${BASE}:states:s`);
  }
  expect((await waits).every((seq) => seq >= 1 && seq <= 4)).toBe(true);
  await met;
  expect(await all).toEqual(["a", "b", "c", "d"]);
  expect(await heard).toEqual(["a", "b", "c", "d"]);
  theirs.disconnect();
  reader.disconnect();
});

/** Asks again and again. */
async function goBarrier(redis: Redis, state: string, target: number): Promise<void> {
  for (;;) {
    const [count] = await redis.mget(`${BASE}:states:${state}`);
    if (Number(count) >= target) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function goPublish(redis: Redis, topic: string, value: string): Promise<void> {
  const key = `${BASE}:topics:${topic}`;
  await redis.multi().xadd(key, "*", "p", JSON.stringify(value)).xlen(key).exec();
}

/** Reads ten at a time, from the beginning, and blocks for more. */
async function goSubscribe(redis: Redis, topic: string, count: number): Promise<unknown[]> {
  const values: unknown[] = [];
  let last = "0";
  while (values.length < count) {
    const key = `${BASE}:topics:${topic}`;
    const streams = await redis.xread("COUNT", 10, "BLOCK", 0, "STREAMS", key, last);
    for (const [id, [, json = ""]] of streams?.[0]?.[1] ?? []) {
      values.push(JSON.parse(json));
      last = id;
    }
  }
  return values;
}
