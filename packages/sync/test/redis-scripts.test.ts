import { randomUUID } from "node:crypto";
import { StateLostError } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { SCRIPTS } from "../src/redis/scripts.ts";
import { sharedRedis } from "./redis-server.ts";

test.each(SCRIPTS)("$name works on exactly the keys it declares, and compiles", async (script) => {
  const used = [...script.lua.matchAll(/KEYS\[(\d+)\]/g)].map(([, n]) => Number(n));
  const distinct = [...new Set(used)].sort((a, b) => a - b);
  // The rest of those of a script that takes any number is worked on in a loop.
  const declared = script.keys === "any" ? distinct.length : script.keys;
  expect(distinct).toEqual(Array.from({ length: declared }, (_, i) => i + 1));
  const raw = new Redis(sharedRedis());
  expect(await raw.script("LOAD", script.lua)).toMatch(/^[0-9a-f]{40}$/);
  raw.disconnect();
});

test("script names are distinct and carry a version", () => {
  const names = SCRIPTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^gp_[a-z_]+_\d+$/);
});

test("every operation of a run checks its epoch and changes nothing under another", async () => {
  await using store = await RedisStore.connect(sharedRedis());
  const raw = new Redis(sharedRedis());
  const run = randomUUID();
  const namespace = await store.open({ run, plan: "p", case: "c" });
  const { counters, logs, records, claims } = namespace;
  const meta = `gp:meta:run:${run}:plan:p:case:c`;
  await raw.hset(meta, "epoch", "another");
  const state = { kind: "state", name: "s" } as const;
  const log = { kind: "own", name: "l" } as const;
  const operations = [
    () => counters.add(state, { requestId: "1" }),
    () => counters.addAndReach(state, 1, { requestId: "1" }),
    () => counters.reach(state, 1),
    () => counters.read(state),
    () => counters.contributors(state),
    () => logs.append(log, "1", { requestId: "1" }),
    () => logs.read(log)[Symbol.asyncIterator]().next(),
    () => logs.collect(log, 1),
    () => logs.snapshot(log),
    () => records.write("r", { "1": "1" }),
    () => records.read("r"),
    () => claims.acquire("c", { requestId: "1", capacity: 1 }),
    () => claims.acquireAll([{ name: "c", capacity: 1 }], { requestId: "1" }),
    () => claims.cancel("c", "1"),
    () => claims.resize("c", 1, { requestId: "1" }),
    () => claims.inspect("c"),
    () => namespace.session(),
  ];
  for (const operation of operations) {
    const error = await operation().catch((e: unknown) => e);
    expect(error, String(operation)).toBeInstanceOf(StateLostError);
    expect(error, String(operation)).toMatchObject({ code: "state-lost", found: "another" });
  }
  expect(await raw.keys(`*${run}*`)).toEqual([meta]);
  raw.disconnect();
});

test("a run with no state yet is empty, not an error, and reading it leaves no key", async () => {
  await using store = await RedisStore.connect(sharedRedis());
  const raw = new Redis(sharedRedis());
  const run = randomUUID();
  const { counters, logs, records } = await store.open({ run, plan: "p", case: "c" });
  const state = { kind: "state", name: "s" } as const;
  expect(await counters.read(state)).toBe(0);
  expect(await counters.contributors(state)).toEqual([]);
  expect(await logs.snapshot({ kind: "own", name: "l" })).toEqual([]);
  expect((await records.read("r")).size).toBe(0);
  expect(await raw.keys(`*${run}*`)).toEqual([`gp:meta:run:${run}:plan:p:case:c`]);
  raw.disconnect();
});

test("more records than one script takes are written and read whole", async () => {
  await using store = await RedisStore.connect(sharedRedis());
  const { records } = await store.open({ run: randomUUID(), plan: "p", case: "c" });
  const all = Array.from({ length: 1_201 }, (_, i) => [`${i}`, `"|${i}"`] as const);
  await records.write("r", Object.fromEntries(all));
  const read = await records.read("r");
  expect([...read].map(([id, { json }]) => [id, json]).sort()).toEqual([...all].sort());
});
