import { type Scope, SyncClient } from "@groundplan/sync";
import { RedisStore, removeOldRuns } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { OwnCluster } from "./redis-deployments.ts";
import { OwnRedis } from "./redis-server.ts";

const scope = (run: string): Scope => ({ run, plan: "p", case: "c" });

/** A run with keys of every kind. */
async function fill(store: RedisStore, run: string): Promise<SyncClient> {
  const namespace = await store.open(scope(run));
  const client = new SyncClient(namespace);
  await client.signalEntry("s");
  await client.barrier("s", 2, { timeoutMs: 1 }).catch(() => {});
  await client.publish("t", 1);
  await client.publishEvent({});
  await namespace.records.write("progress", { "1": "{}" });
  await namespace.counters.add({ kind: "own", name: "c" }, { requestId: "1" });
  return client;
}

/** Until every run there is older, by the clock of Redis. */
async function ageBy(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms + 50));
}

test("old runs go, whatever their names, and foreign keys, Go's runs and young runs stay", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const raw = new Redis(server.url);
  const olds = ["a", "a:b", "*", "[x]", "run:a", "a:plan:p:case:c:states:s", "日本"];
  for (const run of olds) await fill(store, run);
  const youngs = ["young", "a:b:c", "a:plan:p:case:c:topics:t"];
  const foreign = [
    "run:go:plan:p:case:c:states:s",
    "gp:tgt:run:go:plan:p:case:c:states:s",
    "gp:meta:run:text",
    "run:a",
    "run:ax:plan:p:case:c:states:s",
    "cache:run:a:plan:p:case:c:states:s:copy",
    "user:1",
  ];
  for (const key of foreign) await raw.set(key, "theirs");
  await ageBy(400);
  for (const run of youngs) await fill(store, run);

  const before = await raw.dbsize();
  const preview = await removeOldRuns(server.url, { olderThanMs: 400, dryRun: true });
  expect(await raw.dbsize()).toBe(before);
  const { removed, younger, store: name } = await removeOldRuns(server.url, { olderThanMs: 400 });
  expect(name).toBe(server.url);
  expect(younger).toBe(youngs.length);
  expect(removed.map(({ base }) => base).sort()).toEqual(
    olds.map((run) => `run:${run}:plan:p:case:c`).sort(),
  );
  expect(preview.removed.map(({ base, keys }) => [base, keys]).sort()).toEqual(
    removed.map(({ base, keys }) => [base, keys]).sort(),
  );
  const left = await raw.keys("*");
  const ofYoung = youngs.map((run) => `run:${run}:plan:p:case:c`);
  const others = left.filter((key) => !ofYoung.some((base) => key.includes(base)));
  expect(others.sort()).toEqual([...foreign].sort());
  for (const run of youngs) {
    expect(await new SyncClient(await store.open(scope(run))).signalEntry("s"), run).toBe(2);
  }
  expect(left.length).toBe(before - removed.reduce((sum, { keys }) => sum + keys, 0));
  const again = await removeOldRuns(server.url, { olderThanMs: 60_000 });
  expect([again.removed, again.younger]).toEqual([[], youngs.length]);
  raw.disconnect();
});

test("who still waits in a run that is removed learns that its state is lost", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url, {}, { recheckMs: 50 });
  const client = await fill(store, "r");
  const wait = client.barrier("s", 2);
  const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
  const { removed } = await removeOldRuns(server.url, { olderThanMs: 0 });
  expect(removed).toHaveLength(1);
  await ended;
});

test("a run that was only opened, and one that was dropped, leave nothing to remove wrongly", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  await store.open(scope("opened"));
  await (await store.open(scope("dropped"))).drop();
  const { removed } = await removeOldRuns(server.url, { olderThanMs: 0 });
  expect(removed).toEqual([
    { base: "run:opened:plan:p:case:c", ageMs: expect.any(Number), keys: 1 },
  ]);
});

test("on a cluster the runs of every node are removed", async () => {
  await using cluster = await OwnCluster.start();
  await using store = await RedisStore.connect(cluster.url);
  for (let i = 0; i < 12; i++) await fill(store, `run-${i}`);
  const { removed } = await removeOldRuns(cluster.url, { olderThanMs: 0 });
  expect(removed).toHaveLength(12);
  for (const { url } of cluster.nodes) {
    const raw = new Redis(url);
    expect(await raw.dbsize()).toBe(0);
    raw.disconnect();
  }
});

test("the caller's signal ends it, and no connection is left", async () => {
  await using server = await OwnRedis.start();
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(removeOldRuns(server.url, { olderThanMs: 0, signal: stop })).rejects.toThrow(
    "enough",
  );
  server.signal("SIGSTOP");
  const frozen = removeOldRuns(server.url, { olderThanMs: 0, timeoutMs: 100 });
  await expect(frozen).rejects.toMatchObject({ code: "connection" });
});
