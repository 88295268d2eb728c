import { setTimeout as sleep } from "node:timers/promises";
import type { ClaimOptions, Grant, Namespace } from "@groundplan/sync";
import { describe, expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

/** What every store that carries claim queues must do, seen from two stores on one shared state. */
export function claimSuite({ pair }: Ground): void {
  describe("a queue", () => {
    test("only as many hold as there are permits, and the next is granted by a release [1]", async () => {
      const [a, b] = await pair();
      const first = await acquire(a);
      const waiting = watched(acquire(b));
      await queued(a, 1);
      expect(waiting.isSettled).toBe(false);
      expect(await release(a, first)).toBe(true);
      const second = await waiting.promise;
      expect(await a.claims.inspect("c")).toMatchObject({
        capacity: 1,
        free: 0,
        holders: [{ requestId: second.requestId, permits: 1, token: second.token }],
        queue: [],
      });
    });

    test("10 holders x 20 turns on two stores never overlap and lose no increment [2]", async () => {
      const [a, b] = await pair();
      let counter = 0;
      const work = async (n: Namespace): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          const grant = await acquire(n);
          const read = counter;
          await Promise.resolve();
          counter = read + 1;
          await release(n, grant);
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, i) => work(i % 2 ? a : b)));
      expect(counter).toBe(200);
    });

    test("never more permits are held than there are, however many are asked for at once [47]", async () => {
      const [a, b] = await pair();
      let held = 0;
      let most = 0;
      const work = async (n: Namespace, seed: number): Promise<void> => {
        for (let i = 0; i < 10; i++) {
          const permits = 1 + ((seed + i) % 5);
          const grant = await acquire(n, { capacity: 5, permits });
          held += permits;
          most = Math.max(most, held);
          await Promise.resolve();
          held -= permits;
          await release(n, grant);
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, i) => work(i % 2 ? a : b, i)));
      expect(most).toBe(5);
      expect(await a.claims.inspect("c")).toMatchObject({ free: 5, holders: [], queue: [] });
    });

    test("requests are granted in the order in which they came to the store [22]", async () => {
      const [a, b] = await pair();
      const first = await acquire(a);
      const order: number[] = [];
      const waits: Promise<void>[] = [];
      for (let i = 0; i < 8; i++) {
        const n = i % 2 ? a : b;
        const wait = acquire(n).then(async (grant) => {
          order.push(i);
          await release(n, grant);
        });
        waits.push(wait);
        await queued(a, i + 1);
      }
      await release(a, first);
      await Promise.all(waits);
      expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    test("a large request at the head is not overtaken by a small one that would fit [48]", async () => {
      const [a, b] = await pair();
      const one = await acquire(a, { capacity: 3 });
      const large = watched(acquire(b, { capacity: 3, permits: 3 }));
      await queued(a, 1);
      const small = watched(acquire(a, { capacity: 3 }));
      await queued(a, 2);
      expect([large.isSettled, small.isSettled]).toEqual([false, false]);
      await release(a, one);
      await release(b, await large.promise);
      await small.promise;
    });

    test("nobody who only tries gets past those who wait, and none waits for having tried [5]", async () => {
      const [a, b] = await pair();
      const options = { capacity: 2 };
      const one = await tryAcquire(a, options);
      if (one === undefined) throw new Error("it was free");
      const both = watched(acquire(b, { ...options, permits: 2 }));
      await queued(a, 1);
      expect(await tryAcquire(a, options)).toBeUndefined();
      expect(await queueOf(a)).toHaveLength(1);
      await release(a, one);
      expect(await tryAcquire(a, options)).toBeUndefined();
      await release(b, await both.promise);
      expect(await tryAcquire(a, options)).toBeDefined();
    });

    test("tokens strictly increase and do not change within a hold [32]", async () => {
      const [a, b] = await pair();
      const seen: number[] = [];
      for (let i = 0; i < 10; i++) {
        const n = i % 2 ? a : b;
        const grant = await acquire(n, { requestId: `r${i}` });
        expect((await acquire(n, { requestId: `r${i}` })).token).toEqual(grant.token);
        seen.push(grant.token.n);
        await release(n, grant);
      }
      expect(seen).toEqual([...seen].sort((x, y) => x - y));
      expect(new Set(seen).size).toBe(10);
    });

    test("a request repeated with its id is the same request, waiting and granted [20]", async () => {
      const [a, b] = await pair();
      const first = await acquire(a, { requestId: "x" });
      expect(await acquire(a, { requestId: "x" })).toBe(first);
      const twice = [acquire(b, { requestId: "y" }), acquire(b, { requestId: "y" })];
      await queued(a, 1);
      await release(a, first);
      const [one, two] = await Promise.all(twice);
      expect(one).toBe(two);
      expect((await a.claims.inspect("c")).holders).toHaveLength(1);
    });

    test("a release repeated with its id answers the same, and frees once [21]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a);
      const next = acquire(b);
      await queued(a, 1);
      expect(await a.claims.release(grant, { requestId: "r" })).toBe(true);
      await next;
      expect(await a.claims.release(grant, { requestId: "r" })).toBe(true);
      expect((await a.claims.inspect("c")).holders).toHaveLength(1);
    });

    test("a second release is harmless and says that nothing was held [8]", async () => {
      const [a] = await pair();
      const grant = await acquire(a, { capacity: 2 });
      expect(await release(a, grant)).toBe(true);
      expect(await release(a, grant)).toBe(false);
      expect(await a.claims.inspect("c")).toMatchObject({ capacity: 2, free: 2 });
    });

    test("a request that is over stays over: its id gets nothing more [129]", async () => {
      const [a] = await pair();
      await release(a, await acquire(a, { requestId: "x" }));
      await expect(acquire(a, { requestId: "x" })).rejects.toMatchObject({ code: "not-owner" });
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1, holders: [], queue: [] });
    });

    test("a try that was refused stays refused under its id [129]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a);
      expect(await tryAcquire(b, { requestId: "t" })).toBeUndefined();
      await release(a, grant);
      expect(await tryAcquire(b, { requestId: "t" })).toBeUndefined();
      expect(await tryAcquire(b, { requestId: "u" })).toBeDefined();
    });

    test("another session's request cannot be taken over by its id", async () => {
      const [a, b] = await pair();
      await acquire(a, { requestId: "x" });
      await expect(acquire(b, { requestId: "x" })).rejects.toMatchObject({ code: "not-owner" });
    });

    test("release, renewal and shrinking by a wrong token change nothing [7]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a, { capacity: 3, permits: 2 });
      for (const token of [
        { ...grant.token, n: grant.token.n + 1 },
        { ...grant.token, epoch: "another" },
      ]) {
        const wrong = { ...grant, token };
        expect(await release(b, wrong)).toBe(false);
        expect(await b.claims.renew(wrong)).toBe(false);
        const shrink = b.claims.shrink(wrong, 1, { requestId: b.requestId() });
        await expect(shrink).rejects.toMatchObject({ code: "not-owner" });
      }
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1, holders: [{ permits: 2 }] });
      expect(await a.claims.renew(grant)).toBe(true);
    });

    test("shrinking lets the next in, and growing is refused [38]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a, { capacity: 5, permits: 5 });
      const next = acquire(b, { capacity: 5, permits: 3 });
      await queued(a, 1);
      await a.claims.shrink(grant, 2, { requestId: a.requestId() });
      await next;
      const growing = a.claims.shrink(grant, 3, { requestId: a.requestId() });
      await expect(growing).rejects.toMatchObject({ code: "range" });
      await a.claims.shrink(grant, 2, { requestId: a.requestId() });
      expect(await a.claims.inspect("c")).toMatchObject({ free: 0 });
      await release(a, grant);
      expect(await a.claims.inspect("c")).toMatchObject({ free: 2 });
    });

    test("processes that declare different capacities learn of it [58]", async () => {
      const [a, b] = await pair();
      await acquire(a, { capacity: 2 });
      await expect(acquire(b, { capacity: 3 })).rejects.toMatchObject({
        code: "mismatch",
        message: expect.stringMatching(/"c".* 3 .* 2 /),
      });
      const together = b.claims.acquireAll([{ name: "c", capacity: 3 }], { requestId: "x" });
      await expect(together).rejects.toMatchObject({ code: "mismatch" });
      expect((await a.claims.inspect("c")).holders).toHaveLength(1);
    });

    test("more permits let a waiter in without any release, fewer only stop new grants [49] [50]", async () => {
      const [a, b] = await pair();
      const options = { capacity: 2 };
      const grants = [await acquire(a, options), await acquire(a, options)];
      const third = acquire(b, options);
      await queued(a, 1);
      await b.claims.resize("c", 3, { requestId: b.requestId() });
      grants.push(await third);
      await a.claims.resize("c", 1, { requestId: a.requestId() });
      const fourth = watched(acquire(b, options));
      await queued(a, 1);
      for (const grant of grants.splice(0, 2)) await release(a, grant);
      expect(fourth.isSettled).toBe(false);
      for (const grant of grants) await release(a, grant);
      await fourth.promise;
      await expect(acquire(a, { capacity: 2, permits: 2 })).rejects.toMatchObject({
        code: "range",
      });
    });

    test("a queue that nobody has asked has no capacity, and cannot be resized", async () => {
      const [a] = await pair();
      expect(await a.claims.inspect("new")).toEqual({
        capacity: 0,
        free: 0,
        holders: [],
        queue: [],
      });
      const resize = a.claims.resize("new", 2, { requestId: "x" });
      await expect(resize).rejects.toMatchObject({ code: "range" });
    });

    test.each([
      { permits: 0 },
      { permits: 2 },
      { permits: 1.5 },
      { permits: Number.NaN },
      { capacity: 0 },
      { capacity: -1 },
      { capacity: Number.POSITIVE_INFINITY },
      { leaseMs: 0 },
      { leaseMs: Number.NaN },
      { requestId: "" },
      { requestId: "a|b" },
    ])("a request for %j is refused [53]", async (options) => {
      const [a] = await pair();
      await expect(acquire(a, options)).rejects.toMatchObject({ code: "range" });
      await expect(tryAcquire(a, options)).rejects.toMatchObject({ code: "range" });
    });

    test("names may hold colons, bars, braces, stars and any letter", async () => {
      const [a, b] = await pair();
      for (const claim of ["a:b", "a|b|c", "{tag}", "*", "two words", "日本"]) {
        const grant = await acquire(a, {}, claim);
        const next = acquire(b, {}, claim);
        await queued(a, 1, claim);
        await release(a, grant);
        await next;
      }
      await (await a.session()).end();
      await (await b.session()).end();
      expect((await a.claims.inspect("a|b|c")).holders).toEqual([]);
    });

    test("500 requests of one process are granted one by one [28]", async () => {
      const [a, b] = await pair();
      const first = await acquire(b);
      let inside = 0;
      const waits = Array.from({ length: 500 }, async () => {
        const grant = await acquire(a);
        expect(++inside).toBe(1);
        inside--;
        return release(a, grant);
      });
      await release(b, first);
      expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
    });

    test("a crowd of small requests behind a large one enters together [41]", async () => {
      const [a, b] = await pair();
      const options = { capacity: 1_000_000 };
      const writer = await acquire(a, { ...options, permits: 1_000_000 });
      const readers = Array.from({ length: 250 }, (_, i) => acquire(i % 2 ? a : b, options));
      await queued(a, 250);
      await release(a, writer);
      const grants = await Promise.all(readers);
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1_000_000 - 250, queue: [] });
      expect(new Set(grants.map(({ token }) => token.n)).size).toBe(250);
    });
  });

  describe("giving up", () => {
    test("a caller's signal takes its request out of the queue, and the next is unaffected [18]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a);
      const stop = new AbortController();
      const given = acquire(b, { signal: stop.signal });
      await queued(a, 1);
      const next = acquire(b);
      await queued(a, 2);
      stop.abort(new Error("enough"));
      await expect(given).rejects.toThrow("enough");
      expect(await queueOf(a)).toHaveLength(1);
      await release(a, grant);
      await next;
    });

    test("a request out of time says where it stood, and leaves no place [5]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a);
      await expect(acquire(b, { timeoutMs: 50 })).rejects.toMatchObject({
        code: "timeout",
        message: expect.stringMatching(/"c": not granted within 50 ms/),
      });
      expect(await queueOf(a)).toEqual([]);
      await release(a, grant);
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1 });
    });

    test("a large request that gives up holds nothing, and lets in who waited behind it [48]", async () => {
      const [a, b] = await pair();
      await acquire(a, { capacity: 3 });
      const late = acquire(b, { capacity: 3, permits: 3, timeoutMs: 60 });
      await queued(a, 1);
      const small = acquire(a, { capacity: 3 });
      await expect(late).rejects.toMatchObject({ code: "timeout" });
      await small;
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1, queue: [] });
    });

    test("a signal that aborts while the grant is made leaks none [19]", async () => {
      const [a, b] = await pair();
      for (let i = 0; i < 40; i++) {
        const grant = await acquire(a);
        const stop = new AbortController();
        const given = acquire(b, { signal: stop.signal }).catch(() => undefined);
        await queued(a, 1);
        const released = release(a, grant);
        const moments = [undefined, new Promise((go) => setImmediate(go)), sleep(1), released];
        await moments[i % moments.length];
        stop.abort(new Error("enough"));
        const got = await given;
        await released;
        if (got !== undefined) await release(b, got);
      }
      expect(await a.claims.inspect("c")).toMatchObject({ free: 1, holders: [], queue: [] });
    });

    test("a signal that had aborted before asks for nothing", async () => {
      const [a] = await pair();
      const options = { signal: AbortSignal.abort(new Error("before")) };
      await expect(acquire(a, options)).rejects.toThrow("before");
      expect(await a.claims.inspect("c")).toMatchObject({ holders: [], queue: [] });
    });

    test("many short attempts leave nothing and delay nobody [25]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a);
      const patient = acquire(b);
      await queued(a, 1);
      for (let i = 0; i < 10; i++) await acquire(a, { timeoutMs: 5 }).catch(() => {});
      expect(await queueOf(a)).toHaveLength(1);
      await release(a, grant);
      await patient;
    });

    test("a request that another withdraws rejects, and a hold that another takes is lost [27]", async () => {
      const [a, b] = await pair();
      const grant = await acquire(a, { requestId: "held" });
      const waiting = acquire(a, { requestId: "waiting" });
      const next = acquire(b);
      await queued(b, 2);
      const refused = expect(waiting).rejects.toMatchObject({ code: "not-owner" });
      expect(await b.claims.cancel("c", "waiting")).toBe(false);
      await refused;
      expect(await b.claims.cancel("c", "held")).toBe(true);
      const { token } = await next;
      expect(token.n).toBeGreaterThan(grant.token.n);
      await aborted(grant.lost);
      expect(grant.lost.reason).toMatchObject({ code: "not-owner" });
      expect(await release(a, grant)).toBe(false);
      expect(await a.claims.renew(grant)).toBe(false);
    });
  });
}

export function acquire(
  namespace: Namespace,
  options: Partial<ClaimOptions> = {},
  name = "c",
): Promise<Grant> {
  const requestId = namespace.requestId();
  return namespace.claims.acquire(name, { capacity: 1, requestId, ...options });
}

function tryAcquire(
  namespace: Namespace,
  options: Partial<ClaimOptions> = {},
): Promise<Grant | undefined> {
  const requestId = namespace.requestId();
  return namespace.claims.tryAcquire("c", { capacity: 1, requestId, ...options });
}

export function release(namespace: Namespace, grant: Grant): Promise<boolean> {
  return namespace.claims.release(grant, { requestId: namespace.requestId() });
}

export async function queueOf(namespace: Namespace, name = "c") {
  return (await namespace.claims.inspect(name)).queue;
}

/** Resolves once so many requests wait. */
export async function queued(namespace: Namespace, count: number, name = "c"): Promise<void> {
  while ((await queueOf(namespace, name)).length !== count) await sleep(1);
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A promise that can be asked whether it is settled. */
export function watched<T>(promise: Promise<T>): {
  readonly promise: Promise<T>;
  isSettled: boolean;
} {
  const state = { promise, isSettled: false };
  const settled = (): void => {
    state.isSettled = true;
  };
  promise.then(settled, settled);
  return state;
}
