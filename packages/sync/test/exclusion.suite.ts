import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { type LockOptions, type Namespace, SyncClient } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

/** A lock with one holder, whatever it is made of. */
export interface Exclusive {
  lock(options?: LockOptions): Promise<ExclusiveLease>;
  run<T>(work: () => Promise<T>): Promise<T>;
  /** How many wait. */
  waiting(): Promise<number>;
}

interface ExclusiveLease extends AsyncDisposable {
  readonly lost: AbortSignal;
  readonly tokens: readonly { readonly epoch: string; readonly n: number }[];
  release(): Promise<boolean>;
}

export type MakeExclusive = (namespace: Namespace) => Exclusive;

/** Resolves once so many wait for the lock. */
export async function untilWaiting(lock: Pick<Exclusive, "waiting">, count: number): Promise<void> {
  while ((await lock.waiting()) !== count) await pause(1);
}

interface Latch {
  readonly opened: Promise<void>;
  open(): void;
}

export function latch(): Latch {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What holds of every lock with one holder: a mutex, a semaphore of one, several locks at once, the writing side. */
export function exclusionSuite({ pair }: Ground, make: MakeExclusive): void {
  const locks = async (): Promise<readonly [Exclusive, Exclusive]> => {
    const [a, b] = await pair();
    return [make(a), make(b)];
  };

  test("two processes exclude each other: when one releases, the other gets it [1]", async () => {
    const [a, b] = await locks();
    const first = await a.lock();
    let isInside = false;
    const second = b.lock().then((lease) => {
      isInside = true;
      return lease;
    });
    await untilWaiting(a, 1);
    expect(isInside).toBe(false);
    expect(await first.release()).toBe(true);
    expect(await (await second).release()).toBe(true);
  });

  test("holders in two processes count a plain number up without loss [2]", async () => {
    const both = await locks();
    let count = 0;
    const increment = async (): Promise<void> => {
      const seen = count;
      await turn();
      count = seen + 1;
    };
    const workers = Array.from({ length: 10 }, async (_, i) => {
      for (let n = 0; n < 5; n++) await both[i % 2 ? 0 : 1].run(increment);
    });
    await Promise.all(workers);
    expect(count).toBe(50);
  });

  test("callers that share one handle exclude each other [3]", async () => {
    const [a] = await locks();
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        a.run(async () => {
          most = Math.max(most, ++inside);
          await turn();
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  test("asking again within run is refused at once, while others queue [4]", async () => {
    const [a, b] = await locks();
    const entered = latch();
    const running = a.run(async () => {
      entered.open();
      await expect(a.lock()).rejects.toMatchObject({ code: "reentrant" });
      await expect(a.run(async () => {})).rejects.toMatchObject({ code: "reentrant" });
      await untilWaiting(a, 1);
    });
    await entered.opened;
    const next = b.lock();
    await running;
    await (await next).release();
  });

  test("what run left behind may ask again once run is over", async () => {
    const [a] = await locks();
    const over = latch();
    const [later] = await a.run(async () => [over.opened.then(() => a.lock())] as const);
    over.open();
    await (await later).release();
  });

  test("run gives the result of the work, and its error, and holds no longer than it takes", async () => {
    const [a, b] = await locks();
    expect(await a.run(async () => 7)).toBe(7);
    const failing = a.run(async () => {
      throw new Error("no luck");
    });
    await expect(failing).rejects.toThrow("no luck");
    await (await b.lock({ timeoutMs: 5_000 })).release();
  });

  test("a request that runs out of time says so in time and leaves no place in the queue [5]", async () => {
    const [a, b] = await locks();
    await using _held = await a.lock();
    const began = performance.now();
    await expect(b.lock({ timeoutMs: 60 })).rejects.toMatchObject({ code: "timeout" });
    expect(performance.now() - began).toBeGreaterThan(55);
    expect(performance.now() - began).toBeLessThan(2_000);
    await untilWaiting(a, 0);
  });

  test("releasing twice disturbs nobody and says so [8]", async () => {
    const [a, b] = await locks();
    const first = await a.lock();
    const next = b.lock();
    await untilWaiting(a, 1);
    expect(await Promise.all([first.release(), first.release()])).toEqual([true, false]);
    const second = await next;
    expect(await first.release()).toBe(false);
    await expect(a.lock({ timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
    expect(second.lost.aborted).toBe(false);
    expect(await second.release()).toBe(true);
  });

  test("a waiter that gives up leaves the queue, and the next in line is not affected [18]", async () => {
    const [a, b] = await locks();
    const held = await a.lock();
    const stop = new AbortController();
    const given = b.lock({ signal: stop.signal });
    await untilWaiting(a, 1);
    const next = a.lock();
    await untilWaiting(a, 2);
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await untilWaiting(a, 1);
    await held.release();
    await (await next).release();
  });

  test("giving up while the lock is handed over never leaves it held [19]", async () => {
    const [a, b] = await locks();
    for (let i = 0; i < 20; i++) {
      const held = await a.lock();
      const stop = new AbortController();
      const racing = b.lock({ signal: stop.signal }).then(
        (lease) => lease.release(),
        () => {},
      );
      await untilWaiting(a, 1);
      const released = held.release();
      if (i % 2) await turn();
      stop.abort(new Error("enough"));
      await Promise.all([released, racing]);
    }
    await (await a.lock({ timeoutMs: 5_000 })).release();
  });

  test("the lock goes round in the order in which it was asked for, across processes [22]", async () => {
    const both = await locks();
    const held = await both[0].lock();
    const order: number[] = [];
    const waits: Promise<void>[] = [];
    for (let i = 0; i < 8; i++) {
      const asked = both[i % 2 ? 0 : 1].lock();
      waits.push(
        asked.then(async (lease) => {
          order.push(i);
          await lease.release();
        }),
      );
      await untilWaiting(both[0], i + 1);
    }
    await held.release();
    await Promise.all(waits);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("500 waiters all get their turn [28]", async () => {
    const both = await locks();
    let inside = 0;
    const turns = Array.from({ length: 500 }, (_, i) =>
      both[i % 2 ? 0 : 1].run(async () => {
        expect(++inside).toBe(1);
        inside--;
      }),
    );
    await Promise.all(turns);
  });

  test("leaving the scope gives the lock back [31]", async () => {
    const [a, b] = await locks();
    {
      await using lease = await a.lock();
      expect(lease.lost.aborted).toBe(false);
    }
    await (await b.lock({ timeoutMs: 5_000 })).release();
  });

  test("tokens grow from holder to holder and do not change within a hold [32]", async () => {
    const both = await locks();
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      const lease = await both[i % 2 ? 0 : 1].lock();
      const [token] = lease.tokens;
      seen.push(token?.n ?? 0);
      await turn();
      expect(lease.tokens[0]).toEqual(token);
      await lease.release();
    }
    expect(seen).toEqual([...new Set(seen)].sort((x, y) => x - y));
  });

  test("closing the namespace gives back what it holds, and the lease says so", async () => {
    const [a, b] = await pair();
    const held = await make(a).lock();
    const next = make(b).lock();
    await untilWaiting(make(b), 1);
    await a.close();
    expect(held.lost.aborted).toBe(true);
    expect(await held.release()).toBe(false);
    await (await next).release();
  });

  test("an abort of the run ends the waits; what is held can still be given back", async () => {
    const [a, b] = await pair();
    const held = await make(a).lock();
    const waiting = make(b).lock();
    await untilWaiting(make(a), 1);
    const ended = expect(waiting).rejects.toMatchObject({ code: "aborted" });
    await new SyncClient(a).abort("over");
    await ended;
    expect(await held.release()).toBe(true);
  });
}
