import { randomUUID } from "node:crypto";
import type { CounterKey, Namespace } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OwnRedis } from "./redis-server.ts";

const KEY: CounterKey = { kind: "own", name: "k" };
const AT_ONCE = 500;

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

/** Fields of all hashes that remember requests, and the bytes that they take. */
async function remembered(): Promise<{ readonly fields: number; readonly bytes: number }> {
  const keys = (await raw.keys("gp:*")).filter((key) => /^gp:(req|over):/.test(key));
  const fields = await Promise.all(keys.map((key) => raw.hlen(key)));
  const bytes = await Promise.all(keys.map((key) => raw.memory("USAGE", key, "SAMPLES", 0)));
  const sum = (numbers: readonly unknown[]): number =>
    numbers.reduce<number>((total, number) => total + Number(number), 0);
  return { fields: sum(fields), bytes: sum(bytes) };
}

async function run(): Promise<{ readonly store: RedisStore; readonly namespace: Namespace }> {
  await raw.flushall();
  const store = await RedisStore.connect(server.url);
  return { store, namespace: await store.open({ run: randomUUID(), plan: "p", case: "c" }) };
}

/** Does it often enough that growth would show; what is remembered must be as much after many times as after few. */
async function expectBounded(
  many: number,
  once: (namespace: Namespace) => Promise<unknown>,
): Promise<void> {
  const { store, namespace } = await run();
  const repeat = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => once(namespace)));
    }
  };
  await repeat(many / 10);
  const few = await remembered();
  await repeat(many - many / 10);
  const all = await remembered();
  // Those of the last burst, and those before that Redis has not been told of.
  for (const { fields } of [few, all]) expect(fields).toBeLessThan(8 * AT_ONCE);
  expect(all.bytes).toBeLessThan(few.bytes * 1.5 + 20_000);
  await store.close();
}

const LONG_MS = 240_000;

test(
  "100,000 signals of one client leave as much in Redis as 10,000",
  () =>
    expectBounded(100_000, ({ counters, requestId }) =>
      counters.add(KEY, { requestId: requestId() }),
    ),
  LONG_MS,
);

test(
  "20,000 writes of a value leave as much in Redis as 2,000",
  () =>
    expectBounded(20_000, ({ registers, requestId }) =>
      registers.add("value", 1, { requestId: requestId() }),
    ),
  LONG_MS,
);

test(
  "20,000 holds of a lock, and as many refusals, leave as much in Redis as 2,000",
  () =>
    expectBounded(20_000, async ({ claims, requestId }) => {
      const claim = { capacity: 100 };
      const grant = await claims.acquire("lock", { ...claim, requestId: requestId() });
      await claims.tryAcquire("lock", { ...claim, permits: 100, requestId: requestId() });
      await claims.release(grant, { requestId: requestId() });
    }),
  LONG_MS,
);

test(
  "20,000 items that are put, taken and done leave as much in Redis as 2,000",
  () =>
    expectBounded(20_000, async ({ queues, requestId }) => {
      const shape = { capacity: 0, maxDeliveries: 0 };
      const put = { shape, id: requestId(), json: "1", priority: 0, delayMs: 0 };
      await queues.put("work", { ...put, requestId: requestId() });
      const take = { shape, most: 1, leaseMs: 60_000, requestId: requestId() };
      const { items } = await queues.take("work", take);
      for (const { id, token } of items) {
        const settle = { shape, id, token, as: "done", delayMs: 0 } as const;
        await queues.settle("work", { ...settle, requestId: requestId() });
      }
    }),
  LONG_MS,
);
