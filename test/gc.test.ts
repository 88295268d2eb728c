import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { groundplan } from "./groundplan.ts";

const HOUR = 3_600_000;
// Nobody else's: the other tests use the first.
const url = `${inject("redisUrl")}/9`;
const old = "run:old:plan:p:case:c";
const young = "run:young:plan:p:case:c";
const foreign = ["run:go:plan:p:case:c:states:s", "session:1", "gp:meta:other", "gp:meta:run:odd"];
let redis: Redis;

beforeEach(async () => {
  redis = new Redis(url);
  await redis.flushdb();
  const now = Date.now();
  for (const [base, age] of [
    [old, 25 * HOUR],
    [young, HOUR],
  ] as const) {
    await redis.hset(`gp:meta:${base}`, "epoch", "e", "createdAt", `${now - age}`);
    await redis.set(`${base}:states:ready`, "1");
    await redis.hset(`gp:req:${base}:states:ready`, "id", "1");
  }
  for (const key of foreign) await redis.set(key, "theirs");
});
afterEach(async () => {
  await redis.flushdb();
  redis.disconnect();
});

const gc = (...args: string[]) => groundplan(["gc", "--sync", url, ...args]).finished;
const runsLeft = async () => {
  const keys = (await redis.keys("*")).filter((key) => !foreign.includes(key));
  return [...new Set(keys.map((key) => /run:(\w+):/.exec(key)?.[1]))].sort();
};

test("runs older than a day are removed, and neither younger ones nor what is of no run", async () => {
  const { code, stdout, stderr } = await gc();
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(
    `removed ${old}: 3 keys, started 25h ago\n${url}: removed 1 run with 3 keys; 1 younger run left\n`,
  );
  expect(await runsLeft()).toEqual(["young"]);
  for (const key of foreign) expect(await redis.get(key)).toBe("theirs");
});

test("--older-than decides, and --dry-run only says", async () => {
  const { code, stdout } = await gc("--older-than", "30m", "--dry-run");
  expect(code).toBe(0);
  expect(stdout).toBe(
    `would remove ${old}: 3 keys, started 25h ago\nwould remove ${young}: 3 keys, started 60m ago\n${url}: would remove 2 runs with 6 keys; 0 younger runs left\n`,
  );
  expect(await runsLeft()).toEqual(["old", "young"]);
  await gc("--older-than", "30m");
  expect(await runsLeft()).toEqual([]);
});

test("a Redis that is not there is infrastructure, and anything but a Redis or an age is usage", async () => {
  const [absent, service, age] = await Promise.all([
    groundplan(["gc", "--sync", "redis://127.0.0.1:1"]).finished,
    groundplan(["gc", "--sync", "ws://127.0.0.1:5050"]).finished,
    gc("--older-than", "soon"),
  ]);
  expect([absent.code, absent.stderr]).toEqual([3, expect.stringContaining("ECONNREFUSED")]);
  expect([service.code, service.stderr]).toEqual([
    2,
    expect.stringContaining("is not the address of a Redis"),
  ]);
  expect([age.code, age.stderr]).toEqual([2, expect.stringContaining("--older-than 'soon'")]);
});
