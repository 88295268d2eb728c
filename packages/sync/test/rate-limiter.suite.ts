import { setTimeout as pause } from "node:timers/promises";
import { RateLimiter, type RateOptions } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function rateLimiterSuite({ pair }: Ground): void {
  const limiters = async (rate: RateOptions): Promise<readonly [RateLimiter, RateLimiter]> => {
    const [a, b] = await pair();
    return [new RateLimiter(a, "dial", rate), new RateLimiter(b, "dial", rate)];
  };

  test("permits of eight callers in two processes are never due sooner than the rate allows [103]", async () => {
    const [a, b] = await limiters({ permits: 10, perMs: 100 });
    const began = performance.now();
    const at: number[] = [];
    const caller = async (i: number): Promise<void> => {
      for (let n = 0; n < 8; n++) {
        await (i % 2 ? a : b).acquire();
        at.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => caller(i)));
    for (const [i, ms] of at.toSorted((x, y) => x - y).entries()) {
      expect(ms).toBeGreaterThanOrEqual(i * 10 - 1);
    }
  });

  test.each([1, 5])(
    "with bursts of %i, no window has more than the rate and what a burst adds, for eight callers [103]",
    async (burst) => {
      const namespaces = await pair();
      const [a] = namespaces;
      await a.rates.configure("r", { requestId: "set", intervalUs: 10_000, burst });
      // Between the two, by the clock of this process, each is due.
      const [notBefore, notAfter]: [number[], number[]] = [[], []];
      const caller = async (i: number): Promise<void> => {
        const { rates } = namespaces[i % 2 ? 0 : 1];
        for (let n = 0; n < 12; n++) {
          const asked = performance.now();
          const { waitMs } = await rates.reserve("r", { requestId: `${i}.${n}`, permits: 1 });
          notBefore.push(asked + waitMs);
          notAfter.push(performance.now() + waitMs);
          if (n % 3 === 0) await pause(waitMs + 5);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, i) => caller(i)));
      const earliest = notBefore.toSorted((x, y) => x - y);
      const latest = notAfter.toSorted((x, y) => x - y);
      const most = 10 + burst - 1;
      for (const [i, ms] of latest.slice(most).entries()) {
        expect(ms - (earliest[i] ?? 0)).toBeGreaterThanOrEqual(100 - 1);
      }
    },
  );

  test("reservations on one clock are spaced by the interval, after a burst [103]", async () => {
    const [a] = await pair();
    const { rates } = a;
    await rates.configure("r", { requestId: "set", intervalUs: 10_000, burst: 5 });
    const waits = await Promise.all(
      Array.from({ length: 15 }, (_, i) => rates.reserve("r", { requestId: `${i}`, permits: 1 })),
    );
    for (const [i, { waitMs }] of waits.entries()) {
      expect(waitMs).toBeLessThanOrEqual(Math.max(0, i - 4) * 10);
      if (i < 5) expect(waitMs).toBe(0);
    }
    const last = waits.at(-1)?.waitMs ?? 0;
    expect(last).toBeGreaterThan(0);
  });

  test("every wait of a burst of callers ends [104]", async () => {
    const [a, b] = await limiters({ permits: 100, perMs: 500, burst: 3 });
    const all = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).acquire(1 + (i % 3)));
    expect(await Promise.all(all)).toHaveLength(50);
  });

  test("permits are due in the order in which they were asked for", async () => {
    const [a] = await pair();
    await a.rates.configure("r", { requestId: "set", intervalUs: 1_000_000, burst: 1 });
    const waits = await Promise.all(
      Array.from({ length: 20 }, (_, i) => a.rates.reserve("r", { requestId: `${i}`, permits: 1 })),
    );
    const ms = waits.map(({ waitMs }) => waitMs);
    expect(ms).toEqual(ms.toSorted((x, y) => x - y));
    expect(new Set(ms).size).toBe(20);
  });

  test("more permits than a burst, none, and fractions are refused [105]", async () => {
    const [a] = await limiters({ permits: 10, burst: 3 });
    await expect(a.acquire(4)).rejects.toMatchObject({
      code: "range",
      message: expect.stringContaining('limiter "dial": 4 permits can never go at once'),
    });
    for (const permits of [0, -1, 1.5, Number.NaN]) {
      await expect(a.acquire(permits)).rejects.toMatchObject({ code: "range" });
    }
    const [n] = await pair();
    for (const rate of [{ permits: 0 }, { permits: 1, perMs: -1 }, { permits: 1, burst: 0.5 }]) {
      const limiter = new RateLimiter(n, "bad", rate);
      await expect(limiter.acquire()).rejects.toMatchObject({ code: "range" });
    }
  });

  test("a call that would wait for too long is refused at once and reserves nothing", async () => {
    const [here, there] = await pair();
    const rate = { permits: 1, perMs: 60_000 };
    const [a, b] = [new RateLimiter(here, "dial", rate), new RateLimiter(there, "dial", rate)];
    await a.acquire();
    const began = performance.now();
    await expect(b.acquire(1, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^limiter "dial": the permits are due in \d{5} ms/),
    });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await b.tryAcquire()).toBe(false);
    const next = await here.rates.reserve("limiter:dial", { requestId: "next", permits: 1 });
    expect(next.waitMs).toBeLessThanOrEqual(60_000);
  });

  test("nothing can be reserved before a rate is set", async () => {
    const [a] = await pair();
    const early = a.rates.reserve("r", { requestId: "1", permits: 1 });
    await expect(early).rejects.toMatchObject({ code: "mismatch" });
  });

  test("a wait that is given up gives its permits back", async () => {
    const [a, b] = await limiters({ permits: 1, perMs: 400 });
    expect(await a.tryAcquire()).toBe(true);
    const stop = new AbortController();
    const given = a.acquire(1, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(given).rejects.toThrow("enough");
    const began = performance.now();
    await b.acquire();
    expect(performance.now() - began).toBeLessThan(500);
  });

  test("another rate is a mismatch, until it is set for all: permits given so far are kept or dropped [106]", async () => {
    const [a, b] = await pair();
    const slow = { permits: 1, perMs: 60_000 };
    const fast = { permits: 1, perMs: 30_000 };
    const one = new RateLimiter(a, "dial", slow);
    expect(await one.tryAcquire()).toBe(true);
    const other = new RateLimiter(b, "dial", fast);
    await expect(other.tryAcquire()).rejects.toMatchObject({
      code: "mismatch",
      message: expect.stringContaining("allows one permit in 60000 ms with bursts of 1"),
    });
    await one.setRate(fast, "keep");
    expect(await other.tryAcquire()).toBe(false);
    const kept = await b.rates.reserve("limiter:dial", { requestId: "x", permits: 1 });
    expect(kept.waitMs).toBeLessThanOrEqual(30_000);
    expect(kept.waitMs).toBeGreaterThan(20_000);
    await other.setRate(slow, "drop");
    expect(await one.tryAcquire()).toBe(true);
    expect(await one.tryAcquire()).toBe(false);
  });

  test("a reservation repeated with its request id reserves once, and one taken back nothing [129]", async () => {
    const [a, b] = await pair();
    await a.rates.configure("r", { requestId: "set", intervalUs: 60_000_000, burst: 1 });
    const reserve = (requestId: string) => b.rates.reserve("r", { requestId, permits: 1 });
    expect(await reserve("1")).toEqual({ isReserved: true, waitMs: 0 });
    expect((await reserve("1")).waitMs).toBe(0);
    expect((await reserve("2")).waitMs).toBeLessThanOrEqual(60_000);
    expect((await reserve("2")).waitMs).toBeLessThanOrEqual(60_000);
    expect(await a.rates.refund("r", "1")).toBe(false);
    expect(await a.rates.refund("r", "2")).toBe(true);
    expect(await a.rates.refund("r", "2")).toBe(false);
    expect(await a.rates.refund("r", "late")).toBe(false);
    expect((await reserve("late")).waitMs).toBe(0);
    const next = await reserve("3");
    expect(next.waitMs).toBeLessThanOrEqual(60_000);
    expect(next.waitMs).toBeGreaterThan(30_000);
  });
}
