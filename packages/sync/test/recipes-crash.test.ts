import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  LeaderElection,
  MultiLock,
  Mutex,
  type Namespace,
  once,
  ReadWriteLock,
  Semaphore,
  WorkQueue,
} from "@groundplan/sync";
import { RedisStore, type RedisStoreOptions } from "@groundplan/sync/redis";
import { describe, expect, test } from "vitest";
import { Child } from "./child-process.ts";
import { take } from "./conformance.ts";
import { OwnRedis, sharedRedis } from "./redis-server.ts";

const TTL_MS = 600;
/** Until a dead process is swept: its time to live, the longest pause between beats, and what a busy machine adds. */
const SWEPT_MS = TTL_MS + (TTL_MS / 3) * 1.25 + 1_500;
const WAIT = { timeoutMs: SWEPT_MS };

interface Stage extends AsyncDisposable {
  readonly namespace: Namespace;
  /** A process that has begun something. */
  child(role: string): Promise<{ readonly process: Child; readonly began: number }>;
}

async function stage(options: RedisStoreOptions = {}): Promise<Stage> {
  const run = randomUUID();
  const store = await RedisStore.connect(sharedRedis(), {}, options);
  const scope = { run, plan: "p", case: "c" };
  const namespace = await store.open(scope, { sessionTtlMs: TTL_MS });
  const children: Child[] = [];
  return {
    namespace,
    async child(role) {
      const process = new Child("recipes-child.ts", sharedRedis(), run, `${TTL_MS}`, role);
      children.push(process);
      const [began] = await process.hear("began");
      return { process, began: Number(began) };
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) await child[Symbol.asyncDispose]();
      await namespace.drop();
      await store.close();
    },
  };
}

describe("when a process is killed", () => {
  test("the next one gets its mutex, with a greater token [11] [12]", async () => {
    await using on = await stage();
    const { process, began } = await on.child("mutex");
    const next = new Mutex(on.namespace, "m").lock(WAIT);
    await process.kill();
    expect((await next).token.n).toBeGreaterThan(began);
  });

  test("a writer enters past its reading, while living readers are waited for [43]", async () => {
    await using on = await stage();
    const { process } = await on.child("reader");
    const lock = new ReadWriteLock(on.namespace, "rw");
    const living = await lock.read();
    await process.kill();
    while ((await lock.inspect()).readers.length > 1) await pause(10);
    expect(await lock.tryWrite()).toBeUndefined();
    await living.release();
    await (await lock.write(WAIT)).release();
  });

  test("another leads, in a later term, and observers learn of it [79] [86]", async () => {
    await using on = await stage();
    const { process, began } = await on.child("leader");
    const election = new LeaderElection<string>(on.namespace, "e", { candidate: "next" });
    const child = { leader: "child", term: began, payload: "of the child" };
    expect(await take(election.observe(), 1)).toEqual([child]);
    const elected = election.campaign("of the next", WAIT);
    await process.kill();
    const { term } = await elected;
    expect(term).toBeGreaterThan(began);
    const next = { leader: "next", term, payload: "of the next" };
    expect(await take(election.observe(), 1)).toEqual([next]);
  });

  test("what it ran once is run by the next caller", async () => {
    await using on = await stage();
    const { process } = await on.child("once");
    const next = once(on.namespace, "o", () => "of the next", WAIT);
    await process.kill();
    expect(await next).toBe("of the next");
  });

  test("the item it had in hand is handed out again, and its room in the queue is free once that is done [99] [100]", async () => {
    await using on = await stage();
    const queue = new WorkQueue<string>(on.namespace, "jobs", { leaseMs: TTL_MS });
    await queue.put("x");
    const { process, began } = await on.child("consumer");
    expect(began).toBe(1);
    await process.kill();
    const item = await queue.take(WAIT);
    expect([item.value, item.deliveries]).toEqual(["x", 2]);
    expect(await item.ack()).toBe(true);
    expect(await queue.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  });
});

describe("when a process is stopped for longer than its session lives", () => {
  test("its mutex goes to another, and it knows when it goes on [33]", async () => {
    await using on = await stage();
    const { process, began } = await on.child("mutex");
    const next = new Mutex(on.namespace, "m").lock(WAIT);
    process.signal("SIGSTOP");
    const lease = await next;
    expect(lease.token.n).toBeGreaterThan(began);
    process.signal("SIGCONT");
    await process.hear("lost");
    expect(lease.isHeld).toBe(true);
  });

  test("another leads, and it is told once that it does not [79]", async () => {
    await using on = await stage();
    const { process, began } = await on.child("leader");
    const election = new LeaderElection<string>(on.namespace, "e", { candidate: "next" });
    const elected = election.campaign("of the next", WAIT);
    process.signal("SIGSTOP");
    expect((await elected).term).toBeGreaterThan(began);
    process.signal("SIGCONT");
    await process.hear("deposed");
    expect(await election.participants()).toEqual(["next"]);
  });
});

test("with every announcement lost, all of them still come to their end by the re-check [34]", async () => {
  const deaf = { recheckMs: 100, onNotify: () => false };
  await using on = await stage(deaf);
  const { namespace } = on;
  const mutex = new Mutex(namespace, "m");
  const semaphore = new Semaphore(namespace, "s", 2);
  const lock = new ReadWriteLock(namespace, "rw");
  const multi = new MultiLock(namespace, [mutex, semaphore.share(1)]);
  const queue = new WorkQueue<number>(namespace, "jobs", { capacity: 1 });
  const five = <T>(work: (i: number) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(Array.from({ length: 5 }, (_, i) => work(i)));
  const results = await Promise.all([
    five(() => mutex.run(() => pause(1))),
    five((i) => semaphore.run(() => pause(1), { permits: 1 + (i % 2) })),
    five((i) => (i % 2 ? lock.runReading(() => pause(1)) : lock.runWriting(() => pause(1)))),
    five(() => multi.run(() => pause(1))),
    five(() => once(namespace, "o", () => pause(1, "result"))),
    five((i) => new LeaderElection(namespace, "e").run(() => pause(i), { payload: null })),
    five((i) => queue.put(i)),
    five(async () => {
      const item = await queue.take();
      await item.ack();
      return item.value;
    }),
  ]);
  expect(results[4]).toEqual(Array.from({ length: 5 }, () => "result"));
  expect([...(results[7] ?? [])].sort()).toEqual([0, 1, 2, 3, 4]);
});

test("who waits while the server restarts with its data gets its turn, and one item exactly once [16] [98]", async () => {
  const dir = await mkdtemp(join(tmpdir(), "groundplan-aof-"));
  await using redis = await OwnRedis.start(
    ...["--appendonly", "yes", "--appendfsync", "always", "--dir", dir],
  );
  const store = await RedisStore.connect(redis.url, {}, { recheckMs: 100 });
  const scope = { run: randomUUID(), plan: "p", case: "c" };
  const [a, b] = [await store.open(scope), await store.open(scope)];
  const mutex = new Mutex(a, "m");
  const held = await mutex.lock();
  const next = new Mutex(b, "m").lock();
  const queues = [a, b].map((run) => new WorkQueue<string>(run, "jobs"));
  const takes = queues.map((queue) => queue.take());
  while ((await mutex.inspect()).queue.length < 1) await pause(5);
  await redis.stop();
  await redis.start();
  expect(await held.release()).toBe(true);
  await (await next).release();
  await queues[0]?.put("x");
  const item = await Promise.race(takes);
  expect([item.value, item.deliveries]).toEqual(["x", 1]);
  await item.ack();
  expect(await queues[0]?.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  const ended = Promise.allSettled(takes);
  await store.close();
  expect((await ended).filter(({ status }) => status === "rejected")).toHaveLength(1);
  await rm(dir, { recursive: true });
});

test("a holder learns that the state is gone, its release says so, and a run that is opened anew works [15]", async () => {
  await using redis = await OwnRedis.start();
  const store = await RedisStore.connect(redis.url, {}, { recheckMs: 100 });
  const scope = { run: randomUUID(), plan: "p", case: "c" };
  const namespace = await store.open(scope, { sessionTtlMs: TTL_MS });
  const mutex = new Mutex(namespace, "m");
  const lease = await mutex.lock();
  const waiting = new Mutex(namespace, "m").lock();
  const refused = expect(waiting).rejects.toMatchObject({ code: "state-lost" });
  await redis.stop();
  await redis.start();
  await refused;
  if (!lease.lost.aborted) {
    await new Promise<void>((resolve) => lease.onEnd(() => resolve()));
  }
  expect(lease.lost.reason).toMatchObject({ code: "state-lost" });
  expect(await lease.release()).toBe(false);
  const anew = await store.open(scope, { sessionTtlMs: TTL_MS });
  await new Mutex(anew, "m").run(({ isHeld }) => expect(isHeld).toBe(true));
  await store.close();
});
