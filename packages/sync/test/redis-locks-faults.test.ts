import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  LeaderElection,
  type Lease,
  MultiLock,
  Mutex,
  type Namespace,
  ReadWriteLock,
  Semaphore,
} from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnDirectory } from "./redis-deployments.ts";
import { OwnRedis } from "./redis-server.ts";

const TTL_MS = 600;

describe("with the server down", () => {
  const asks: Readonly<Record<string, (run: Namespace, timeoutMs: number) => Promise<unknown>>> = {
    mutex: (run, timeoutMs) => new Mutex(run, "m").lock({ timeoutMs }),
    semaphore: (run, timeoutMs) => new Semaphore(run, "s", 3).acquire({ timeoutMs, permits: 2 }),
    reader: (run, timeoutMs) => new ReadWriteLock(run, "rw").read({ timeoutMs }),
    writer: (run, timeoutMs) => new ReadWriteLock(run, "rw").write({ timeoutMs }),
    "multi-lock": (run, timeoutMs) =>
      new MultiLock(run, [new Mutex(run, "x"), new Mutex(run, "y")]).lock({ timeoutMs }),
    candidate: (run, timeoutMs) => new LeaderElection(run, "e").campaign(null, { timeoutMs }),
  };

  test.each(Object.entries(asks))(
    "a %s that asks gets a typed error of the connection within its deadline [17]",
    async (_, ask) => {
      await using server = await OwnRedis.start();
      await using store = await RedisStore.connect(server.url);
      const scope = { run: randomUUID(), plan: "p", case: "c" };
      const [known, fresh] = [await store.open(scope), await store.open(scope)];
      // One that has a session, and one that would need its first.
      await known.session();
      await server.stop();
      const began = performance.now();
      const outcomes = await Promise.allSettled([ask(known, 300), ask(fresh, 300)]);
      expect(performance.now() - began).toBeLessThan(10_000);
      const down = { code: "connection", message: expect.stringMatching(/is not connected/) };
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: { code: "timeout", cause: down } });
      }
      await expect(RedisStore.connect(server.url)).rejects.toMatchObject({ code: "connection" });
    },
  );

  test("who asks without a deadline is told when its session can be kept no longer, and does not hang [17]", async () => {
    await using server = await OwnRedis.start();
    await using store = await RedisStore.connect(server.url);
    const run = await store.open({ run: "r", plan: "p", case: "c" }, { sessionTtlMs: TTL_MS });
    await run.session();
    await server.stop();
    await expect(new Mutex(run, "m").lock()).rejects.toMatchObject({ code: "session-lost" });
  });
});

describe("with a reply lost", () => {
  let server: OwnRedis;
  let proxy: FaultProxy;
  let cut: RedisStore;
  let other: RedisStore;

  beforeAll(async () => {
    server = await OwnRedis.start();
    proxy = await FaultProxy.start(server.port);
    cut = await RedisStore.connect(proxy.redisUrl);
    other = await RedisStore.connect(server.url);
  });
  afterAll(async () => {
    for (const part of [cut, other, proxy, server]) await part[Symbol.asyncDispose]();
  });

  /** A run seen by who loses replies, and by who does not. Both have their sessions. */
  async function pair(): Promise<readonly [Namespace, Namespace]> {
    const scope = { run: randomUUID(), plan: "p", case: "c" };
    const runs = [await cut.open(scope), await other.open(scope)] as const;
    for (const run of runs) await new Mutex(run, "warm").run(() => {});
    return runs;
  }

  test("a mutex that was locked is locked once, by the same token, when the request is sent again [20]", async () => {
    const [here, there] = await pair();
    const before = proxy.lostReplies;
    proxy.commitThenDrop();
    const lease = await new Mutex(here, "m").lock();
    expect(proxy.lostReplies).toBe(before + 1);
    const { holders, queue } = await new Mutex(there, "m").inspect();
    expect(holders.map(({ token }) => token)).toEqual([lease.token]);
    expect(lease.token.n).toBe(1);
    expect(queue).toEqual([]);
    expect(await lease.release()).toBe(true);
    expect((await new Mutex(there, "m").inspect()).holders).toEqual([]);
  });

  test("permits that were taken are taken once, when the request is sent again [20]", async () => {
    const [here, there] = await pair();
    const semaphore = new Semaphore(there, "s", 5);
    proxy.commitThenDrop();
    const lease = await new Semaphore(here, "s", 5).acquire({ permits: 3 });
    expect(await semaphore.available()).toBe(2);
    expect((await semaphore.inspect()).holders.map(({ token }) => token)).toEqual([lease.token]);
    proxy.commitThenDrop();
    const tried = await new Semaphore(here, "s", 5).tryAcquire({ permits: 2 });
    expect(tried?.token.n).toBe(2);
    expect(await semaphore.available()).toBe(0);
    await lease.release();
    await tried?.release();
    expect(await semaphore.available()).toBe(5);
  });

  test("a request whose place in the queue was not confirmed has one place, and is granted once [20]", async () => {
    const [here, there] = await pair();
    const held = await new Mutex(there, "m").lock();
    const before = proxy.lostReplies;
    proxy.commitThenDrop();
    const waiting = new Mutex(here, "m").lock();
    await expect.poll(() => proxy.lostReplies).toBe(before + 1);
    await expect.poll(async () => (await new Mutex(there, "m").inspect()).queue.length).toBe(1);
    // Once this is answered, what was sent again has been, too.
    await new Mutex(here, "m").inspect();
    expect((await new Mutex(there, "m").inspect()).queue).toHaveLength(1);
    await held.release();
    expect((await waiting).token.n).toBe(2);
    await (await waiting).release();
  });

  test("a mutex whose release was not confirmed goes to the next one, once [21]", async () => {
    const [here, there] = await pair();
    const lease = await new Mutex(here, "m").lock();
    const next = new Mutex(there, "m");
    const granted: Lease[] = [];
    const waits = [1, 2].map(async () => {
      granted.push(await next.lock());
    });
    await expect.poll(async () => (await next.inspect()).queue.length).toBe(2);
    const before = proxy.lostReplies;
    proxy.commitThenDrop();
    expect(await lease.release()).toBe(true);
    expect(proxy.lostReplies).toBe(before + 1);
    await waits[0];
    const view = await next.inspect();
    expect(view.holders.map(({ token }) => token.n)).toEqual([2]);
    expect(view.queue).toHaveLength(1);
    expect(granted).toHaveLength(1);
    expect(await lease.release()).toBe(false);
    await granted[0]?.release();
    await Promise.all(waits);
    await granted[1]?.release();
  });

  test("permits whose release was not confirmed come back once [21]", async () => {
    const [here, there] = await pair();
    const semaphore = new Semaphore(there, "s", 3);
    const lease = await new Semaphore(here, "s", 3).acquire({ permits: 2 });
    const rest = await semaphore.acquire();
    const waits = [1, 2, 3].map(() => semaphore.acquire());
    await expect.poll(async () => (await semaphore.inspect()).queue.length).toBe(3);
    proxy.commitThenDrop();
    expect(await lease.release()).toBe(true);
    const granted = await Promise.all(waits.slice(0, 2));
    const view = await semaphore.inspect();
    expect([view.free, view.holders.length, view.queue.length]).toEqual([0, 3, 1]);
    for (const one of [rest, ...granted]) await one.release();
    await (await waits[2])?.release();
    expect(await semaphore.available()).toBe(3);
  });
});

test("when the server is lost while one of ten has queued and not heard of it, all ten lock again after its restart [55]", async () => {
  await using directory = await OwnDirectory.make();
  await using server = await OwnRedis.start(
    ...["--appendonly", "yes", "--appendfsync", "always", "--dir", directory.path],
  );
  await using proxy = await FaultProxy.start(server.port);
  const scope = { run: "r", plan: "p", case: "c" };
  const urls = [proxy.redisUrl, ...Array.from({ length: 9 }, () => server.url)];
  const stores = await Promise.all(urls.map((url) => RedisStore.connect(url)));
  const runs = await Promise.all(stores.map((store) => store.open(scope)));
  const semaphores = runs.map((run) => new Semaphore(run, "s", 1));
  const inTurn = async (): Promise<void> => {
    await Promise.all(semaphores.map((semaphore) => semaphore.run(() => pause(1))));
  };
  await inTurn();
  const [first, second] = semaphores;
  const held = await second?.acquire();
  proxy.holdReplies();
  const registered = first?.acquire();
  await expect.poll(async () => (await second?.inspect())?.queue.length).toBe(1);
  expect(proxy.heldReplies).toMatch(/queued/);
  void proxy.refuse();
  await server.stop("SIGKILL");
  const others = semaphores.slice(1).map((semaphore) => semaphore.run(() => pause(1)));
  await server.start();
  proxy.heal();
  expect(await held?.release()).toBe(true);
  const lease = await registered;
  expect(lease?.isHeld).toBe(true);
  await lease?.release();
  await Promise.all(others);
  await inTurn();
  expect(await first?.available()).toBe(1);
  for (const store of stores) await store.close();
});

test("when the whole server is replaced, the holders of a semaphore of one drop to none, then to exactly one again, and work goes on [56]", async () => {
  await using server = await OwnRedis.start();
  const stores = await Promise.all(
    Array.from({ length: 5 }, () => RedisStore.connect(server.url, {}, { recheckMs: 100 })),
  );
  const held = new Set<Lease>();
  const most = { held: 0 };
  let operations = 0;
  let isOver = false;
  // While it is set, whoever holds goes on to hold.
  let isClinging = false;
  const holders = (): number => [...held].filter(({ isHeld }) => isHeld).length;
  const hold = async (lease: Lease): Promise<void> => {
    held.add(lease);
    most.held = Math.max(most.held, holders());
    operations++;
    do await pause(2);
    while (isClinging && lease.isHeld);
    held.delete(lease);
    await lease.release();
  };
  const work = async (store: RedisStore): Promise<void> => {
    while (!isOver) {
      const run = await store.open({ run: "r", plan: "p", case: "c" }, { sessionTtlMs: TTL_MS });
      const semaphore = new Semaphore(run, "s", 1);
      try {
        while (!isOver) await hold(await semaphore.acquire());
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(state|session)-lost$/) });
      }
      await run.close();
    }
  };
  const workers = stores.map(work);
  await expect.poll(() => operations).toBeGreaterThan(20);
  isClinging = true;
  await expect.poll(holders).toBe(1);
  await server.stop("SIGKILL");
  await expect.poll(holders).toBe(0);
  const frozen = operations;
  await pause(TTL_MS);
  expect(operations).toBe(frozen);
  await server.start();
  await expect.poll(holders).toBe(1);
  await pause(100);
  expect(holders()).toBe(1);
  isClinging = false;
  await expect.poll(() => operations).toBeGreaterThan(frozen + 20);
  isOver = true;
  await Promise.all(workers);
  expect(most.held).toBe(1);
  for (const store of stores) await store.close();
});
