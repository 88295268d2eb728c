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

  test("no lock, and one lock twice, are refused", async () => {
    const [a] = await pair();
    expect(() => new MultiLock(a, [])).toThrow("a multi-lock of nothing");
    expect(() => new MultiLock(a, forks(a, "x", "x"))).toThrow(
      'a multi-lock of mutex "x", mutex "x"; name at least one lock, and each once',
    );
  });
}
