import { Gate, type Namespace, SyncClient } from "@groundplan/sync";
import { RedisStore, type RedisStoreOptions } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { take } from "../conformance.ts";
import { OwnRedis } from "../redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
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
beforeEach(() => raw.flushall());

/** Every kind of wait there is, each with what ends it. */
interface Waits {
  readonly all: Promise<unknown>;
  end(by: Namespace): Promise<void>;
}

async function waitForEverything(namespace: Namespace, other: Namespace): Promise<Waits> {
  const client = new SyncClient(namespace);
  const { claims, requestId } = other;
  const claim = { capacity: 1 } as const;
  const held = await claims.acquire("lock", { ...claim, requestId: requestId() });
  await new Gate(other, "g").close();
  const all = Promise.all([
    client.barrier("s", 2),
    client.signalAndWait("s", 2),
    take(client.subscribe("t"), 2),
    namespace.logs.collect({ kind: "topic", name: "t" }, 2),
    namespace.counters.reach({ kind: "own", name: "later" }, "declared"),
    take(namespace.registers.watch("register"), 1),
    namespace.claims.acquire("lock", { ...claim, requestId: namespace.requestId() }),
    new Gate(namespace, "g").wait(),
  ]);
  return {
    all,
    async end(by) {
      const helper = new SyncClient(by);
      for (const value of [1, 2]) await helper.publish("t", value);
      await helper.signalEntry("s");
      await by.counters.declare({ kind: "own", name: "later" }, 0, { requestId: requestId() });
      await by.registers.write("register", "1", { requestId: requestId() });
      await claims.release(held, { requestId: requestId() });
      await new Gate(by, "g").open();
    },
  };
}

/** How many scripts Redis has run. */
async function scripts(): Promise<number> {
  const stats = await raw.info("commandstats");
  return ["eval", "evalsha"]
    .map((command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0))
    .reduce((sum, calls) => sum + calls, 0);
}

const connect = (options: RedisStoreOptions): Promise<RedisStore> =>
  RedisStore.connect(server.url, {}, options);

test("with every announcement lost, everything that waits still completes", async () => {
  let lost = 0;
  await using deaf = await connect({ recheckMs: 100, onNotify: () => lost++ < 0 });
  await using store = await connect({});
  const [here, there] = [await deaf.open(scope), await store.open(scope)];
  const waits = await waitForEverything(here, there);
  await everyWaitRegistered();
  await waits.end(there);
  await waits.all;
  expect(lost).toBeGreaterThan(0);
});

test("with none lost, what waits asks no more often than its re-checks are due, and what is announced is not asked for", async () => {
  const recheckMs = 400;
  const sessionTtlMs = 60_000;
  await using quick = await connect({ recheckMs });
  await using slow = await connect({ recheckMs: 3_600_000 });
  const [here, there] = [
    await quick.open(scope, { sessionTtlMs }),
    await slow.open(scope, { sessionTtlMs }),
  ];
  const waits = await waitForEverything(here, there);
  await everyWaitRegistered();
  const before = await scripts();
  const seconds = 2;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const rounds = Math.ceil((seconds * 1_000) / (recheckMs * 0.75)) + 1;
  // The eight waits, the two that watch for an abort of the run, and that each asks once a round.
  expect((await scripts()) - before).toBeLessThanOrEqual(rounds * 10);
  expect((await scripts()) - before).toBeGreaterThanOrEqual(seconds);
  await waits.end(there);
  await waits.all;
});

async function everyWaitRegistered(): Promise<void> {
  const waiting = ["states:s", "topics:t", "own:later", "own:gate:g"];
  await expect
    .poll(async () => {
      const keys = (await raw.keys("gp:tgt:*")).join("\n");
      return waiting.filter((name) => !keys.includes(name));
    })
    .toEqual([]);
}
