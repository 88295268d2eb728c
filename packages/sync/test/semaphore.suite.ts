import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { type Lease, Semaphore } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

async function untilQueued(semaphore: Semaphore, count: number): Promise<void> {
  while ((await semaphore.inspect()).queue.length !== count) await pause(1);
}

/** Permits that several hold at a time. */
export function semaphoreSuite({ pair }: Ground): void {
  const both = async (capacity: number): Promise<readonly [Semaphore, Semaphore]> => {
    const [a, b] = await pair();
    return [new Semaphore(a, "s", capacity), new Semaphore(b, "s", capacity)];
  };

  test("as many are inside as there are permits, and never more, under requests for several [47]", async () => {
    const semaphores = await both(5);
    let inside = 0;
    let most = 0;
    const worker = async (i: number): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        const permits = 1 + ((i * 7 + n * 3) % 3);
        await semaphores[i % 2 ? 0 : 1].run(
          async () => {
            inside += permits;
            most = Math.max(most, inside);
            await turn();
            inside -= permits;
          },
          { permits },
        );
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => worker(i)));
    expect(most).toBe(5);
    expect(await semaphores[0].available()).toBe(5);
  });

  test("a request for several takes all or none: one that gives up leaves every permit [48]", async () => {
    const [a, b] = await both(3);
    const one = await a.acquire();
    await expect(b.acquire({ permits: 3, timeoutMs: 40 })).rejects.toMatchObject({
      code: "timeout",
    });
    expect(await a.available()).toBe(2);
    await (await b.acquire({ permits: 2, timeoutMs: 5_000 })).release();
    await one.release();
  });

  test("a large request at the head is not overtaken by small ones that would fit", async () => {
    const [a, b] = await both(3);
    const held = await a.acquire({ permits: 2 });
    const order: string[] = [];
    const note = (what: string) => async (lease: Lease) => {
      order.push(what);
      await lease.release();
    };
    const large = b.acquire({ permits: 3 }).then(note("large"));
    await untilQueued(a, 1);
    const small = a.acquire().then(note("small"));
    await untilQueued(a, 2);
    expect(await b.tryAcquire()).toBeUndefined();
    expect(order).toEqual([]);
    await held.release();
    await Promise.all([large, small]);
    expect(order).toEqual(["large", "small"]);
  });

  test("more permits wake who waits, without a release [49]", async () => {
    const [a, b] = await both(1);
    await using _held = await a.acquire();
    const second = b.acquire();
    await untilQueued(a, 1);
    await a.setCapacity(2);
    await (await second).release();
  });

  test("fewer permits than are out take none away, and stop further grants until enough are back [50]", async () => {
    const [a, b] = await both(3);
    const leases = await Promise.all([a.acquire(), a.acquire(), a.acquire()]);
    await b.setCapacity(1);
    const next = b.acquire();
    await untilQueued(a, 1);
    for (const lease of leases.slice(0, 2)) {
      expect(await lease.release()).toBe(true);
      expect((await a.inspect()).queue).toHaveLength(1);
    }
    await leases[2]?.release();
    await (await next).release();
  });

  test("closing a namespace gives all its permits back [51] [57]", async () => {
    const [a, b] = await pair();
    const mine = new Semaphore(a, "s", 3);
    await Promise.all([mine.acquire(), mine.acquire({ permits: 2 })]);
    await a.close();
    const theirs = new Semaphore(b, "s", 3);
    await (await theirs.acquire({ permits: 3, timeoutMs: 5_000 })).release();
  });

  test("a permit whose lease ran out is free again, and its late release adds none [52]", async () => {
    const [a, b] = await both(1);
    const first = await a.acquire({ leaseMs: 200 });
    const second = await b.acquire();
    expect(await first.release()).toBe(false);
    expect(await a.available()).toBe(0);
    await second.release();
    expect(await a.available()).toBe(1);
  });

  test.each([0, -1, 1.5, 4, Number.NaN])(
    "%s of three permits are refused [53]",
    async (permits) => {
      const [a] = await both(3);
      await expect(a.acquire({ permits })).rejects.toMatchObject({ code: "range" });
    },
  );

  test.each([0, -1, 1.5, Number.POSITIVE_INFINITY])("a capacity of %s is refused", async (n) => {
    const [a] = await both(n);
    await expect(a.acquire()).rejects.toMatchObject({ code: "range" });
  });

  test("processes that disagree about the capacity learn of it [58]", async () => {
    const [a, b] = await pair();
    await (await new Semaphore(a, "s", 2).acquire()).release();
    const other = new Semaphore(b, "s", 3).acquire();
    await expect(other).rejects.toMatchObject({ code: "mismatch" });
  });

  test("who holds permits may ask for more within run, unless that could never be granted", async () => {
    const [a] = await both(3);
    await a.run(
      async () => {
        await (await a.acquire()).release();
        await expect(a.acquire({ permits: 2 })).rejects.toMatchObject({ code: "reentrant" });
      },
      { permits: 2 },
    );
  });

  test("holders at the same time have different tokens [32]", async () => {
    const [a, b] = await both(20);
    const leases = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).acquire()),
    );
    expect(new Set(leases.map(({ token }) => token.n)).size).toBe(20);
    await Promise.all(leases.map((lease) => lease.release()));
  });
}
