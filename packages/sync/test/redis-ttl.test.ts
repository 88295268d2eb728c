import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { conformance } from "./conformance.ts";
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

/** With what each has left, in ms; -1: it stays for ever. */
async function keysWithoutEnd(): Promise<readonly string[]> {
  const keys = await raw.keys("*");
  const left = await Promise.all(keys.map((key) => raw.pttl(key)));
  return keys.filter((_, i) => left[i] === -1);
}

describe("after whatever a store is asked for", () => {
  afterEach(async () => {
    expect(await keysWithoutEnd()).toEqual([]);
  });

  conformance("RedisStore, every key of which ends", async () => ({
    open: () => RedisStore.connect(server.url),
    close: async () => {},
  }));
});

test("each operation by itself, under an epoch and without one, leaves no key that stays for ever", async () => {
  await using store = await RedisStore.connect(server.url);
  const { counters, logs, records } = await store.open({ run: "each", plan: "p", case: "c" });
  const { counters: foreignCounters, logs: foreignLogs } = store.foreign;
  const state = { kind: "state", name: "s" } as const;
  const soon = { timeoutMs: 1 };
  const full = "run:each:plan:p:case:c:states:f";
  const log = "run:each:plan:p:case:c:topics:f";
  const operations: Record<string, () => Promise<unknown>> = {
    add: () => counters.add(state, { requestId: "1" }),
    "add again": () => counters.add(state, { requestId: "1" }),
    addAndReach: () => counters.addAndReach(state, 9, { requestId: "2", ...soon }),
    reach: () => counters.reach({ kind: "own", name: "r" }, 1, soon),
    "reach what is reached": () => counters.reach(state, 1),
    append: () => logs.append({ kind: "topic", name: "t" }, "1", { requestId: "3" }),
    follow: () => logs.read({ kind: "own", name: "l" }, soon)[Symbol.asyncIterator]().next(),
    collect: () => logs.collect({ kind: "run_events" }, 1, soon),
    records: () => records.write("progress", { "1": "{}" }),
    "foreign add": () => foreignCounters.add(full, { requestId: "4" }),
    "foreign reach": () => foreignCounters.reach(`${full}2`, 1, soon),
    "foreign append": () => foreignLogs.append(log, "1", { requestId: "5" }),
    "foreign follow": () => foreignLogs.read(`${log}2`, soon)[Symbol.asyncIterator]().next(),
  };
  for (const [name, operation] of Object.entries(operations)) {
    const before = await raw.dbsize();
    await operation().catch(() => {});
    expect(await keysWithoutEnd(), name).toEqual([]);
    if (name === "add") expect(await raw.dbsize()).toBeGreaterThan(before);
  }
});

test("a foreign instance's key, which has no end, is given one by the first of ours that touches it", async () => {
  await using store = await RedisStore.connect(server.url);
  const { counters } = await store.open({ run: "touched", plan: "p", case: "c" });
  const key = "run:touched:plan:p:case:c:states:s";
  await raw.incr(key);
  expect(await raw.pttl(key)).toBe(-1);
  await counters.add({ kind: "state", name: "s" }, { requestId: "1" });
  expect(await raw.pttl(key)).toBeGreaterThan(23 * 3_600_000);
});
