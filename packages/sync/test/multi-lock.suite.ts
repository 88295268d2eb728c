import { setTimeout as pause } from "node:timers/promises";
import { MultiLock, Mutex, type Namespace, ReadWriteLock, Semaphore } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

async function untilQueued(mutex: Mutex, count: number): Promise<void> {
  while ((await mutex.inspect()).queue.length !== count) await pause(1);
}

/** Several locks at once. */
export function multiLockSuite({ pair }: Ground): void {
  const forks = (namespace: Namespace, ...names: readonly string[]): readonly Mutex[] =>
    names.map((name) => new Mutex(namespace, name));

  test("philosophers who reach for their forks in any order all eat, and never two with one fork", async () => {
    const namespaces = await pair();
    const inUse = new Set<number>();
    const philosopher = async (i: number): Promise<void> => {
      const namespace = namespaces[i % 2 ? 0 : 1];
      const mine = [i, (i + 1) % 5];
      const both = new MultiLock(namespace, forks(namespace, ...mine.map(String)));
      for (let meal = 0; meal < 10; meal++) {
        await both.run(async () => {
          expect(mine.filter((fork) => inUse.has(fork))).toEqual([]);
          mine.map((fork) => inUse.add(fork));
          await pause(0);
          mine.map((fork) => inUse.delete(fork));
        });
        const [single] = forks(namespace, `${i}`);
        await single?.run(() => {});
      }
    };
    await Promise.all(Array.from({ length: 5 }, (_, i) => philosopher(i)));
  });

  test("it holds none of the locks while it waits for one of them", async () => {
    const [a, b] = await pair();
    const [x, y] = [new Mutex(a, "x"), new Mutex(a, "y")];
    const held = await x.lock();
    const both = new MultiLock(b, [new Mutex(b, "y"), new Mutex(b, "x")]).lock();
    await untilQueued(y, 1);
    expect((await y.inspect()).holders).toEqual([]);
    await held.release();
    const lease = await both;
    expect((await y.inspect()).holders).toHaveLength(1);
    expect(await lease.release()).toBe(true);
    expect(await lease.release()).toBe(false);
  });

  test("a request that runs out of time leaves every queue", async () => {
    const [a, b] = await pair();
    const [x, y] = [new Mutex(a, "x"), new Mutex(a, "y")];
    const held = await x.lock();
    const both = new MultiLock(b, forks(b, "x", "y"));
    await expect(both.lock({ timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
    await untilQueued(x, 0);
    await untilQueued(y, 0);
    await (await y.lock({ timeoutMs: 5_000 })).release();
    await held.release();
  });

  test("it takes mutexes, permits and sides of read-write locks together, with a token each", async () => {
    const [a, b] = await pair();
    const all = new MultiLock(a, [
      new Mutex(a, "m"),
      new Semaphore(a, "s", 3).share(2),
      new ReadWriteLock(a, "rw").reading,
      new ReadWriteLock(a, "other").writing,
    ]);
    const lease = await all.lock();
    expect(lease.tokens.map(({ n }) => n)).toEqual([1, 1, 1, 1]);
    expect(await new Mutex(b, "m").tryLock()).toBeUndefined();
    expect(await new Semaphore(b, "s", 3).available()).toBe(1);
    expect(await new ReadWriteLock(b, "rw").tryWrite()).toBeUndefined();
    await (await new ReadWriteLock(b, "rw").tryRead())?.release();
    expect(await new ReadWriteLock(b, "other").tryRead()).toBeUndefined();
    await lease.release();
    expect(await new Semaphore(b, "s", 3).available()).toBe(3);
  });

  test("one of its locks may be given back before the others", async () => {
    const [a, b] = await pair();
    const lease = await new MultiLock(a, forks(a, "x", "y")).lock();
    await lease.leases[0]?.release();
    await (await new Mutex(b, "x").lock({ timeoutMs: 5_000 })).release();
    expect(await new Mutex(b, "y").tryLock()).toBeUndefined();
    expect(lease.lost.aborted).toBe(false);
    await lease.leases[1]?.release();
  });

  test("within run, each of its locks is refused to who asks again [4]", async () => {
    const [a] = await pair();
    await new MultiLock(a, forks(a, "x", "y")).run(async () => {
      await expect(new Mutex(a, "y").lock()).rejects.toMatchObject({ code: "reentrant" });
      const more = new MultiLock(a, forks(a, "z", "x")).lock();
      await expect(more).rejects.toMatchObject({ code: "reentrant" });
    });
  });

  test("losing one of its locks aborts the whole", async () => {
    const [a] = await pair();
    const [x] = forks(a, "x");
    const lease = await new MultiLock(a, forks(a, "x", "y")).lock();
    const [token] = lease.tokens;
    if (token !== undefined) await x?.forceRelease(token);
    expect(lease.lost.aborted).toBe(true);
    expect(await lease.release()).toBe(false);
    await (await new Mutex(a, "y").lock({ timeoutMs: 5_000 })).release();
  });

  test("tried for, it takes all locks or none, and keeps none of those it could have had", async () => {
    const [a, b] = await pair();
    const [x, y] = [new Mutex(a, "x"), new Mutex(a, "y")];
    const held = await y.lock();
    const both = new MultiLock(b, forks(b, "y", "x"));
    expect(await both.tryLock()).toBeUndefined();
    expect(await both.tryLock({ timeoutMs: 30 })).toBeUndefined();
    await untilQueued(y, 0);
    expect((await x.inspect()).holders).toEqual([]);
    await held.release();
    await using lease = await both.tryLock();
    expect(lease?.tokens).toHaveLength(2);
    expect(lease?.leases.every(({ isHeld }) => isHeld)).toBe(true);
    expect(await x.tryLock()).toBeUndefined();
  });

  test("of many that try for the same locks at once, in any order, one gets them and nobody waits", async () => {
    const namespaces = await pair();
    for (let round = 0; round < 5; round++) {
      const tries = Array.from({ length: 10 }, (_, i) => {
        const namespace = namespaces[i % 2 ? 0 : 1];
        const names = i % 3 ? ["x", "y", "z"] : ["z", "y", "x"];
        return new MultiLock(namespace, forks(namespace, ...names)).tryLock();
      });
      const got = (await Promise.all(tries)).flatMap((lease) => lease ?? []);
      expect(got).toHaveLength(1);
      await got[0]?.release();
    }
  });

  test("an explicit lease lasts while it is renewed, then ends all of them, and its holder knows first", async () => {
    const [a, b] = await pair();
    const both = new MultiLock(a, forks(a, "x", "y"));
    const lease = await both.lock({ leaseMs: 1_500 });
    const began = performance.now();
    while (performance.now() - began < 2_500) {
      await pause(300);
      expect(await lease.renew()).toBe(true);
    }
    const next = new MultiLock(b, forks(b, "y", "x")).lock().then((got) => {
      expect(lease.lost.aborted).toBe(true);
      return got;
    });
    const after = await next;
    expect(lease.lost.reason).toMatchObject({ code: "not-owner" });
    expect(lease.leases.some(({ isHeld }) => isHeld)).toBe(false);
    expect(await lease.renew()).toBe(false);
    expect(await lease.release()).toBe(false);
    expect(after.tokens.map(({ n }) => n)).toEqual([2, 2]);
    await after.release();
    for (const leaseMs of [0, -1, 1.5, Number.NaN]) {
      await expect(both.lock({ leaseMs })).rejects.toMatchObject({ code: "range" });
      await expect(both.tryLock({ leaseMs })).rejects.toMatchObject({ code: "range" });
    }
  });

  test("a lease that is released before it ends takes nothing from who holds the locks next", async () => {
    const [a, b] = await pair();
    const lease = await new MultiLock(a, forks(a, "x", "y")).lock({ leaseMs: 50 });
    expect(await lease.release()).toBe(true);
    const next = await new MultiLock(b, forks(b, "x", "y")).lock();
    await pause(150);
    expect(next.lost.aborted).toBe(false);
    expect(await next.release()).toBe(true);
  });

  test("asked for again under the owner's name that holds one of its locks, it is refused [4]", async () => {
    const [a] = await pair();
    const both = new MultiLock(a, forks(a, "x", "y"));
    await using _lease = await both.lock({ owner: "one" });
    await expect(new Mutex(a, "y").lock({ owner: "one" })).rejects.toMatchObject({
      code: "reentrant",
    });
    await expect(both.tryLock({ owner: "one" })).rejects.toMatchObject({ code: "reentrant" });
    expect(await both.tryLock({ owner: "two" })).toBeUndefined();
  });

  test("no lock, and one lock twice, are refused", async () => {
    const [a] = await pair();
    expect(() => new MultiLock(a, [])).toThrow("a multi-lock of nothing");
    expect(() => new MultiLock(a, forks(a, "x", "x"))).toThrow(
      'a multi-lock of mutex "x", mutex "x"; name at least one lock, and each once',
    );
  });
}
