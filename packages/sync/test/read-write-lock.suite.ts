import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { type Lease, ReadWriteLock } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

async function untilQueued(lock: ReadWriteLock, count: number): Promise<void> {
  while ((await lock.inspect()).queue.length !== count) await pause(1);
}

/** Many readers or one writer. */
export function readWriteLockSuite({ pair }: Ground): void {
  const both = async (): Promise<readonly [ReadWriteLock, ReadWriteLock]> => {
    const [a, b] = await pair();
    return [new ReadWriteLock(a, "rw"), new ReadWriteLock(b, "rw")];
  };

  test("readers share, a writer is alone, in a random mix [36]", async () => {
    const locks = await both();
    const inside = { readers: 0, writers: 0 };
    const violations: object[] = [];
    const as = (role: "readers" | "writers") => async (): Promise<void> => {
      inside[role]++;
      if (inside.writers > 1 || (inside.writers > 0 && inside.readers > 0)) {
        violations.push({ ...inside });
      }
      await turn();
      inside[role]--;
    };
    const worker = async (i: number): Promise<void> => {
      const lock = locks[i % 2 ? 0 : 1];
      for (let n = 0; n < 15; n++) {
        if ((i * 5 + n * 3) % 4 === 0) await lock.runWriting(as("writers"));
        else await lock.runReading(as("readers"));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => worker(i)));
    expect(violations).toEqual([]);
  });

  test("twenty readers, eight writers and who waits behind them are told apart [37]", async () => {
    const [a, b] = await both();
    const reading = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).read()));
    const writing: Promise<Lease>[] = [];
    for (let i = 1; i <= 8; i++) {
      writing.push((i % 2 ? a : b).write());
      await untilQueued(a, i);
    }
    const behind = a.read();
    await untilQueued(a, 9);
    const view = await b.inspect();
    expect([view.readers.length, view.writers.length]).toEqual([20, 0]);
    expect(new Set(view.readers.map(({ requestId }) => requestId)).size).toBe(20);
    const writers = Array.from({ length: 8 }, () => "write");
    expect(view.queue.map(({ mode }) => mode)).toEqual([...writers, "read"]);
    await Promise.all(reading.map((lease) => lease.release()));
    for (const [i, next] of writing.entries()) {
      const lease = await next;
      const { readers, writers, queue } = await a.inspect();
      expect([readers.length, writers.length, queue.length]).toEqual([0, 1, 8 - i]);
      await lease.release();
    }
    const last = await behind;
    expect((await b.inspect()).readers).toHaveLength(1);
    await last.release();
  });

  test("asking to write while reading is refused at once, also under an owner's name [38]", async () => {
    const [a] = await both();
    await a.runReading(async () => {
      await expect(a.write()).rejects.toMatchObject({ code: "upgrade" });
      await expect(a.read()).rejects.toMatchObject({ code: "reentrant" });
    });
    await using _reading = await a.read({ owner: "one" });
    await expect(a.write({ owner: "one" })).rejects.toMatchObject({
      code: "upgrade",
      message: expect.stringContaining('read-write lock "rw" is held to read'),
    });
  });

  test("a writer may go on as a reader, and other readers come in [38]", async () => {
    const [a, b] = await both();
    const lease = await a.write();
    const reader = b.read();
    await untilQueued(a, 1);
    await lease.downgrade();
    await (await reader).release();
    expect((await a.inspect()).readers).toHaveLength(1);
    expect(await lease.release()).toBe(true);
    expect((await a.inspect()).readers).toEqual([]);
  });

  test("a writer that waits goes on waiting while the one before it goes on as a reader [39]", async () => {
    const [a, b] = await both();
    const first = await a.write();
    let hasEntered = false;
    const second = b.write().then((lease) => {
      hasEntered = true;
      return lease;
    });
    await untilQueued(a, 1);
    await first.downgrade();
    await untilQueued(a, 1);
    expect(hasEntered).toBe(false);
    await first.release();
    await (await second).release();
  });

  test("only who holds it can go on as a reader [40]", async () => {
    const [a, b] = await both();
    const gone = await a.write();
    await gone.release();
    await using held = await b.write();
    await expect(gone.downgrade()).rejects.toMatchObject({ code: "not-owner" });
    expect(held.isHeld).toBe(true);
    expect((await a.inspect()).writers).toHaveLength(1);
  });

  test("all readers that wait enter together when the writer leaves [41]", async () => {
    const locks = await both();
    const writer = await locks[0].write();
    const readers = Array.from({ length: 20 }, (_, i) => locks[i % 2 ? 0 : 1].read());
    await untilQueued(locks[0], 20);
    await writer.release();
    const leases = await Promise.all(readers);
    expect((await locks[0].inspect()).readers).toHaveLength(20);
    await Promise.all(leases.map((lease) => lease.release()));
  });

  test("fifty readers hold on for longer than their sessions live unheard, and all let go in order [46]", async () => {
    const [a, b] = await pair({ sessionTtlMs: 300 });
    const locks = [new ReadWriteLock(a, "rw"), new ReadWriteLock(b, "rw")];
    const leases = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => locks[i % 2]?.read()),
    );
    await pause(700);
    const released = await Promise.all(leases.map((lease) => lease?.release()));
    expect(released.filter((is) => is !== true)).toEqual([]);
  });

  test("readers that keep coming do not starve a writer [42]", async () => {
    const locks = await both();
    const stop = new AbortController();
    const readers = Array.from({ length: 6 }, async (_, i) => {
      while (!stop.signal.aborted) await locks[i % 2 ? 0 : 1].runReading(() => pause(3));
    });
    while ((await locks[0].inspect()).readers.length < 2) await pause(1);
    await locks[0].runWriting(() => {});
    stop.abort();
    await Promise.all(readers);
  });

  test("of readers with different leases the longest lets the writer in [44]", async () => {
    const [a, b] = await both();
    const began = performance.now();
    await a.read({ leaseMs: 150 });
    await b.read({ leaseMs: 450 });
    await (await a.write()).release();
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  test("closing a namespace lets the reader that waits for its writer in [45]", async () => {
    const [a, b] = await pair();
    await new ReadWriteLock(a, "rw").write();
    const lock = new ReadWriteLock(b, "rw");
    const reader = lock.read();
    await untilQueued(lock, 1);
    await a.close();
    await (await reader).release();
  });

  test("trying neither waits nor overtakes a writer", async () => {
    const [a, b] = await both();
    const reading = await a.read();
    expect(await b.tryWrite()).toBeUndefined();
    await (await b.tryRead())?.release();
    const writer = b.write();
    await untilQueued(a, 1);
    expect(await a.tryRead()).toBeUndefined();
    await reading.release();
    await (await writer).release();
  });
}
