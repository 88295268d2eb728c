import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { serveSync } from "@groundplan/sync/service";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACQUIRE } from "../src/redis/claim-acquire-scripts.ts";
import { CANCEL } from "../src/redis/claim-end-scripts.ts";
import { RELEASE } from "../src/redis/claim-hold-scripts.ts";
import { ClaimKeys } from "../src/redis/claim-keys.ts";
import { Child } from "./child-process.ts";
import { aborted, acquire, queued, queueOf, release, watched } from "./claims.suite.ts";
import { OwnRedis, sharedRedis } from "./redis-server.ts";

const TTL_MS = 600;
/** Until a dead process is swept: its time to live, the longest pause between beats, and what a busy machine adds. */
const SWEPT_MS = TTL_MS + (TTL_MS / 3) * 1.25 + 1_000;

let raw: Redis;
beforeAll(() => {
  raw = new Redis(sharedRedis());
});
afterAll(() => {
  raw.disconnect();
});

const scopeOf = (run: string) => ({ run, plan: "p", case: "c" });
const baseOf = (run: string): string => `run:${run}:plan:p:case:c`;
const child = (url: string, run: string, waiting = 1): Child =>
  new Child("claims-child.ts", url, run, `${TTL_MS}`, `${waiting}`);

interface Opening extends NonNullable<Parameters<typeof RedisStore.connect>[2]> {
  readonly sessionTtlMs?: number;
}

/** A run in a store of its own. */
async function opened(options: Opening = {}, run = randomUUID()) {
  const { sessionTtlMs = TTL_MS, ...hooks } = options;
  const store = await RedisStore.connect(sharedRedis(), {}, hooks);
  const namespace = await store.open(scopeOf(run), { sessionTtlMs });
  return { store, namespace, run };
}

describe("processes that die", () => {
  test("a killed holder's permits are free once its session is over, not before, and then go to the next [11] [12]", async () => {
    const { store, namespace, run } = await opened();
    await using holder = child(sharedRedis(), run);
    await holder.hear("held");
    const next = acquire(namespace);
    await queued(namespace, 1);
    await holder.kill();
    const killedAt = performance.now();
    const grant = await next;
    const took = performance.now() - killedAt;
    expect(took).toBeGreaterThan(TTL_MS / 2);
    expect(took).toBeLessThan(SWEPT_MS);
    expect(grant.token.n).toBe(2);
    expect(await keysOfKind("undo", run)).toHaveLength(1);
    await store.close();
  });

  test("a killed process that was next in line costs who stands behind it nothing more [26]", async () => {
    const { store, namespace, run } = await opened();
    const grant = await acquire(namespace);
    await using waiter = child(sharedRedis(), run, 20);
    await waiter.hear("asked");
    await queued(namespace, 20);
    const next = acquire(namespace);
    await queued(namespace, 21);
    await waiter.kill();
    const killedAt = performance.now();
    await queued(namespace, 1);
    expect(performance.now() - killedAt).toBeLessThan(SWEPT_MS);
    await release(namespace, grant);
    await next;
    await store.close();
  });

  test("a process that was stopped for longer than its session knows when it goes on that it has lost, and nothing brings it back [33]", async () => {
    const { store, namespace, run } = await opened();
    await using holder = child(sharedRedis(), run);
    await holder.hear("held");
    const next = acquire(namespace);
    await queued(namespace, 1);
    holder.signal("SIGSTOP");
    const { token } = await next;
    expect(token.n).toBe(2);
    holder.signal("SIGCONT");
    expect(await holder.hear("session")).toEqual(["session-lost"]);
    expect(await holder.hear("lost")).toEqual(["session-lost"]);
    holder.tell("renew");
    expect(await holder.hear("renewed")).toEqual(["false"]);
    holder.tell("release");
    expect(await holder.hear("released")).toEqual(["false"]);
    // Longer than until its next beat.
    await sleep(TTL_MS / 2);
    const view = await namespace.claims.inspect("c");
    expect(view.holders).toMatchObject([{ token: { n: 2 } }]);
    expect(await raw.zcard(`gp:sess:${baseOf(run)}`)).toBe(1);
    await store.close();
  });

  test("2,000 requests of a dead session before a live one are skipped, then cleared away in batches [23] [131]", async () => {
    // So many at once keep a busy machine from being heard of for a while.
    const dead = await opened({ sessionTtlMs: 5_000 });
    const { store, namespace } = await opened({ sessionTtlMs: 5_000 }, dead.run);
    const grant = await acquire(namespace);
    const lost = Array.from({ length: 2_000 }, () => acquire(dead.namespace).catch(() => {}));
    const queue = `gp:que:gp:claim:${baseOf(dead.run)}:own:c`;
    await until(async () => (await raw.zcard(queue)) === 2_000);
    const next = acquire(namespace);
    await until(async () => (await raw.zcard(queue)) === 2_001);
    const { id } = await dead.namespace.session();
    await raw.zadd(`gp:sess:${baseOf(dead.run)}`, 1, id);
    const began = performance.now();
    await release(namespace, grant);
    await next;
    expect(performance.now() - began).toBeLessThan(1_000);
    await Promise.all(lost);
    await until(async () => (await raw.zcard(`gp:dead:${baseOf(dead.run)}`)) === 0);
    expect(await raw.exists(`gp:undo:${baseOf(dead.run)}:own:${id}`)).toBe(0);
    expect(await queueOf(namespace)).toEqual([]);
    await dead.store.close();
    await store.close();
  });

  test("what a sweeper leaves that dies in between is seen to by another [130]", async () => {
    const gone = await opened();
    const { store, namespace, run } = await opened({}, gone.run);
    await acquire(gone.namespace);
    const { id } = await gone.namespace.session();
    const next = acquire(namespace);
    await queued(namespace, 1);
    // As its first half does: from the living to the dead, and nothing else.
    const now = Number((await raw.time())[0]) * 1_000;
    await raw
      .multi()
      .zrem(`gp:sess:${baseOf(run)}`, id)
      .zadd(`gp:dead:${baseOf(run)}`, now, id)
      .exec();
    const began = performance.now();
    await next;
    expect(performance.now() - began).toBeLessThan(1_000 + SWEPT_MS);
    await gone.store.close();
    await store.close();
  });
});

describe("processes behind the service", () => {
  test("a killed client's claims are given back at once, because its connection ends", async () => {
    const backing = await openStore(sharedRedis());
    await using service = await serveSync(backing, { port: 0 });
    const run = randomUUID();
    const namespace = await backing.open(scopeOf(run));
    await using holder = child(service.url, run);
    await holder.hear("held");
    const next = acquire(namespace);
    await queued(namespace, 1);
    await holder.kill();
    await next;
    await backing.close();
  });

  test("a stopped client loses its session in the service as it would in the store [33]", async () => {
    const backing = await openStore(sharedRedis());
    await using service = await serveSync(backing, { port: 0 });
    const run = randomUUID();
    const namespace = await backing.open(scopeOf(run));
    await using holder = child(service.url, run);
    await holder.hear("held");
    const next = acquire(namespace);
    await queued(namespace, 1);
    holder.signal("SIGSTOP");
    const stoppedAt = performance.now();
    await next;
    expect(performance.now() - stoppedAt).toBeLessThan(SWEPT_MS);
    holder.signal("SIGCONT");
    expect(await holder.hear("session")).toEqual(["session-lost"]);
    holder.tell("release");
    expect(await holder.hear("released")).toEqual(["false"]);
    await backing.close();
  });
});

describe("messages and connections", () => {
  test("a hand-over costs one message, however many wait [28]", async () => {
    let heard = 0;
    const { store, namespace } = await opened({ onNotify: () => ++heard > 0 });
    const first = await acquire(namespace);
    const waits = Array.from({ length: 50 }, async () =>
      release(namespace, await acquire(namespace)),
    );
    await queued(namespace, 50);
    await release(namespace, first);
    await Promise.all(waits);
    expect(heard).toBe(50);
    await store.close();
  });

  test("with every message lost all are granted by asking again [34]", async () => {
    const { store, namespace } = await opened({ recheckMs: 50, onNotify: () => false });
    const waits = Array.from({ length: 20 }, async (_, i) => {
      const lease = i % 3 === 0 ? { leaseMs: 1_000 } : {};
      return release(namespace, await acquire(namespace, lease));
    });
    const claims = ["c", "d"].map((name) => ({ name, capacity: 1 }));
    const both = await namespace.claims.acquireAll(claims, { requestId: "both" });
    for (const grant of both) await release(namespace, grant);
    expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
    await store.close();
  });

  test("waiting costs the beats of the session and nothing else", async () => {
    await using server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url);
    const namespace = await store.open(scopeOf("r"), { sessionTtlMs: TTL_MS });
    await acquire(namespace);
    const waiting = Array.from({ length: 100 }, () => acquire(namespace).catch(() => {}));
    await queued(namespace, 100);
    const own = new Redis(server.url);
    const before = await scriptsRun(own);
    await sleep(1_000);
    // Between 4 and 7 beats in a second.
    expect((await scriptsRun(own)) - before).toBeLessThanOrEqual(7);
    own.disconnect();
    await store.close();
    await Promise.all(waiting);
  });

  test("connections that are cut again and again cost nobody its turn or its hold", async () => {
    await using server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url, {}, { recheckMs: 200 });
    const namespace = await store.open(scopeOf("r"));
    const killer = new Redis(server.url);
    let inside = 0;
    const waits = Array.from({ length: 60 }, async () => {
      const grant = await acquire(namespace);
      expect(++inside).toBe(1);
      await sleep(2);
      inside--;
      return release(namespace, grant);
    });
    const all = Promise.all(waits);
    const done = watched(all);
    while (!done.isSettled) {
      await killer.call("CLIENT", "KILL", "SKIPME", "yes");
      await sleep(100);
    }
    expect(new Set(await all)).toEqual(new Set([true]));
    expect(await namespace.claims.inspect("c")).toMatchObject({ free: 1, queue: [] });
    killer.disconnect();
    await store.close();
  });

  test("a Redis that says nothing for too long loses the session by this process' own clock", async () => {
    await using server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url);
    const namespace = await store.open(scopeOf("r"), { sessionTtlMs: TTL_MS });
    const grant = await acquire(namespace);
    const waiting = acquire(namespace);
    await queued(namespace, 1);
    const refused = expect(waiting).rejects.toMatchObject({ code: "session-lost" });
    server.signal("SIGSTOP");
    const stoppedAt = performance.now();
    await aborted(grant.lost);
    expect(performance.now() - stoppedAt).toBeLessThan(TTL_MS);
    expect(grant.lost.reason).toMatchObject({ code: "session-lost" });
    await refused;
    server.signal("SIGCONT");
    const again = await acquire(namespace);
    expect(again.token.n).toBeGreaterThan(grant.token.n);
    await store.close();
  });

  test("a Redis that lost its state loses holders and waiters within a beat [15] [74]", async () => {
    await using server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url);
    const namespace = await store.open(scopeOf("r"), { sessionTtlMs: TTL_MS });
    const grant = await acquire(namespace);
    const waiting = expect(acquire(namespace)).rejects.toMatchObject({ code: "state-lost" });
    await queued(namespace, 1);
    const own = new Redis(server.url);
    await own.flushall();
    await aborted(grant.lost);
    expect(grant.lost.reason).toMatchObject({ code: "state-lost" });
    await waiting;
    await expect(release(namespace, grant)).rejects.toMatchObject({ code: "state-lost" });
    const fresh = await store.open(scopeOf("r"));
    expect((await acquire(fresh)).token.epoch).not.toBe(grant.token.epoch);
    expect(await release(fresh, grant)).toBe(false);
    own.disconnect();
    await store.close();
  });
});

describe("what is in Redis", () => {
  test("a copy of a request that comes late does nothing, whatever it asks [129]", async () => {
    const { store, namespace, run } = await opened();
    const base = baseOf(run);
    const key = `gp:claim:${base}:own:c`;
    const { id } = await namespace.session();
    const grant = await acquire(namespace, { requestId: "x" });
    await acquire(namespace, { requestId: "y", timeoutMs: 20 }).catch(() => {});
    await release(namespace, grant);
    const next = await acquire(namespace, { requestId: "z" });
    const keys = new ClaimKeys(base);
    const late = (lua: string, of: readonly string[], ...args: readonly (string | number)[]) => {
      const all = [`gp:meta:${base}`, ...of];
      const { epoch } = grant.token;
      return raw.eval(lua, all.length, ...all, epoch, `gp:in:${base}:own:`, id, ...args);
    };
    const acquireLate = async (request: string): Promise<unknown> => {
      const reply = await late(ACQUIRE.lua, keys.forAcquire(key, id), request, 1, 1, 0, 0, 0, "");
      return Array.isArray(reply) ? reply[1] : reply;
    };
    expect(await acquireLate("x")).toBe("over");
    expect(await acquireLate("y")).toBe("over");
    expect(await late(RELEASE.lua, keys.withUndo(key, id), "x", 1, "again")).toEqual([0, 0, 0]);
    expect(await late(CANCEL.lua, keys.withUndo(key, id), "x")).toEqual([0, 0, 0]);
    const { holders, queue } = await namespace.claims.inspect("c");
    expect(holders).toMatchObject([{ requestId: next.requestId }]);
    expect(queue).toEqual([]);
    await store.close();
    expect(await acquireLate("w")).toBe("session");
  });

  test("a waiter whose record was deleted underneath queues again [54]", async () => {
    const { store, namespace, run } = await opened({ recheckMs: 50 });
    const grant = await acquire(namespace);
    const next = acquire(namespace);
    await queued(namespace, 1);
    const key = `gp:claim:${baseOf(run)}:own:c`;
    await raw.del(`gp:que:${key}`, `gp:ask:${key}`);
    await queued(namespace, 1);
    await release(namespace, grant);
    await next;
    await store.close();
  });

  test("nothing is left of sessions and requests that are over, every key ends by itself, and a drop leaves none [29]", async () => {
    const { store, namespace, run } = await opened();
    const other = await opened({}, run);
    for (const n of [namespace, other.namespace]) {
      const grant = await acquire(n);
      await acquire(n, { timeoutMs: 10 }).catch(() => {});
      await n.claims.acquireAll([{ name: "d", capacity: 2 }], { requestId: n.requestId() });
      await release(n, grant);
    }
    for (const key of await raw.keys(`*${run}*`)) {
      expect(await raw.pttl(key), key).toBeGreaterThan(23 * 3_600_000);
    }
    await namespace.close();
    await other.namespace.close();
    const base = baseOf(run);
    const claims = ["c", "d"].map((name) => `gp:claim:${base}:own:${name}`);
    expect((await raw.keys(`*${run}*`)).sort()).toEqual(
      [
        ...claims,
        ...claims.map((key) => `gp:over:${key}`),
        `gp:meta:${base}`,
        `gp:seq:${base}`,
      ].sort(),
    );
    const again = await store.open(scopeOf(run));
    await acquire(again);
    await again.drop();
    expect(await raw.keys(`*${run}*`)).toEqual([]);
    await other.store.close();
    await store.close();
    expect(await raw.pubsub("CHANNELS", `*${run}*`)).toEqual([]);
    expect(await raw.keys(`*${run}*`)).toEqual([]);
  });

  test("a crowd of more than one script grants enters whole [41]", async () => {
    const { store, namespace } = await opened({ sessionTtlMs: 5_000 });
    const options = { capacity: 1_000 };
    const writer = await acquire(namespace, { ...options, permits: 1_000 });
    const readers = Array.from({ length: 950 }, () => acquire(namespace, options));
    await queued(namespace, 950);
    await release(namespace, writer);
    await Promise.all(readers);
    expect(await namespace.claims.inspect("c")).toMatchObject({ free: 50, queue: [] });
    await store.close();
  });

  test("closing while Redis is gone gives up what it holds, and resolves", async () => {
    const server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url);
    const namespace = await store.open(scopeOf("r"));
    const grant = await acquire(namespace);
    await server.stop();
    const waiting = expect(acquire(namespace)).rejects.toMatchObject({ code: "closed" });
    await namespace.close();
    await waiting;
    expect(grant.lost.aborted).toBe(true);
    await store.close();
  });
});

async function keysOfKind(kind: string, run: string): Promise<readonly string[]> {
  return raw.keys(`gp:${kind}:*${run}*`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}

async function scriptsRun(redis: Redis): Promise<number> {
  const stats = await redis.info("commandstats");
  const calls = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return calls.reduce((sum, [, n]) => sum + Number(n), 0);
}
