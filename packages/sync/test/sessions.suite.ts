import { SessionLostError } from "@groundplan/sync";
import { expect, test } from "vitest";
import { aborted, acquire, queued, queueOf, release } from "./claims.suite.ts";
import type { Ground } from "./set-ups.ts";

/** Milliseconds: long enough for a busy machine, short enough to wait for. */
const LEASE_MS = 300;

export function sessionSuite({ pair }: Ground): void {
  test("a namespace has one session, opened by whoever needs it first, and its grants name it", async () => {
    const [a, b] = await pair();
    const [one, two] = await Promise.all([a.session(), a.session()]);
    expect(one).toBe(two);
    expect((await b.session()).id).not.toBe(one.id);
    await acquire(a);
    expect((await b.claims.inspect("c")).holders).toMatchObject([{ session: one.id }]);
  });

  test("the end of a session gives back all it held and its places, and loses its grants [12] [51] [57]", async () => {
    const [a, b] = await pair();
    const session = await a.session();
    const grants = [await acquire(a), await acquire(a, { capacity: 5, permits: 4 }, "d")];
    const waiting = acquire(a);
    await queued(b, 1);
    const next = acquire(b);
    await queued(b, 2);
    const ended = expect(waiting).rejects.toMatchObject({ code: "closed" });
    await session.end();
    await ended;
    const { token } = await next;
    expect(token.n).toBeGreaterThan(grants[0]?.token.n ?? 0);
    for (const { lost } of grants) expect(lost.aborted).toBe(true);
    expect(session.lost.aborted).toBe(true);
    expect(await queueOf(b)).toEqual([]);
    expect(await b.claims.inspect("d")).toMatchObject({ free: 5, holders: [] });
  });

  test("after the end of its session a namespace opens another, and what was granted before stays lost", async () => {
    const [a] = await pair();
    const first = await a.session();
    const grant = await acquire(a);
    await first.end();
    await first.end();
    const again = await acquire(a);
    expect((await a.session()).id).not.toBe(first.id);
    expect(again.token.n).toBeGreaterThan(grant.token.n);
    expect(await a.claims.renew(grant)).toBe(false);
    expect(await release(a, grant)).toBe(false);
    expect((await a.claims.inspect("c")).holders).toHaveLength(1);
  });

  test("closing a namespace gives back at once what it held, and ends its waits [51]", async () => {
    const [a, b] = await pair({ sessionTtlMs: 60_000 });
    const grant = await acquire(a);
    const next = acquire(b);
    await queued(b, 1);
    await a.close();
    await next;
    expect(grant.lost.reason).toMatchObject({ code: "closed" });
    await expect(acquire(a)).rejects.toMatchObject({ code: "closed" });
    await expect(a.session()).rejects.toMatchObject({ code: "closed" });
  });

  test("a session lives for many times its time to live as long as its process does [13]", async () => {
    const [a, b] = await pair({ sessionTtlMs: 300 });
    const grant = await acquire(a);
    const next = acquire(b, { timeoutMs: 1_500 });
    await expect(next).rejects.toMatchObject({ code: "timeout" });
    expect(grant.lost.aborted).toBe(false);
    expect(await a.claims.renew(grant)).toBe(true);
    expect(await release(a, grant)).toBe(true);
  });

  test("a dropped run loses its sessions and whatever waited in them", async () => {
    const [a, b] = await pair();
    const grant = await acquire(a);
    const waiting = acquire(a);
    await queued(a, 1);
    const ended = expect(waiting).rejects.toMatchObject({ code: "state-lost" });
    await a.drop();
    await ended;
    await aborted(grant.lost);
    expect(grant.lost.reason).toMatchObject({ code: "state-lost" });
    await expect(acquire(b)).rejects.toMatchObject({ code: "state-lost" });
  });

  test.each([99, 1.5, Number.NaN])("a time to live of %s ms is refused", async (sessionTtlMs) => {
    await expect(pair({ sessionTtlMs })).rejects.toMatchObject({ code: "range" });
  });

  test("a lease that is not renewed is lost before the next is let in, without a release [9] [10]", async () => {
    const [a, b] = await pair();
    const grant = await acquire(a, { leaseMs: LEASE_MS });
    const next = await acquire(b);
    await aborted(grant.lost);
    expect(grant.lost.reason).toMatchObject({ code: "not-owner" });
    expect(next.token.n).toBeGreaterThan(grant.token.n);
    expect(await release(a, grant)).toBe(false);
    expect(await a.claims.renew(grant)).toBe(false);
    expect((await a.claims.inspect("c")).holders).toMatchObject([{ requestId: next.requestId }]);
  });

  test("a waiter's lease begins when it is granted, and renewal keeps it [13] [44]", async () => {
    const [a, b] = await pair();
    const first = await acquire(a, { leaseMs: LEASE_MS });
    const second = await acquire(b, { leaseMs: LEASE_MS });
    const began = performance.now();
    while (performance.now() - began < 3 * LEASE_MS) {
      expect(await b.claims.renew(second)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 5));
    }
    expect(second.lost.aborted).toBe(false);
    expect(first.lost.aborted).toBe(true);
    expect(await release(b, second)).toBe(true);
  });

  test("the first in line waits for the longer of two leases when it needs both permits [44] [52]", async () => {
    const [a, b] = await pair();
    const began = performance.now();
    const short = await acquire(a, { capacity: 2, leaseMs: LEASE_MS });
    const long = await acquire(a, { capacity: 2, leaseMs: 2 * LEASE_MS });
    await acquire(b, { capacity: 2, permits: 2 });
    expect(performance.now() - began).toBeGreaterThan(1.8 * LEASE_MS);
    expect(await release(a, short)).toBe(false);
    expect(await release(a, long)).toBe(false);
    expect((await a.claims.inspect("c")).free).toBe(0);
  });

  test("a request of several queues takes what a lease leaves in one of them", async () => {
    const [a, b] = await pair();
    await acquire(a, { leaseMs: LEASE_MS }, "x");
    const claims = ["x", "y"].map((name) => ({ name, capacity: 1 }));
    const grants = await b.claims.acquireAll(claims, { requestId: b.requestId() });
    expect(grants).toHaveLength(2);
  });

  test("the loss of a session says which and what to do", () => {
    expect(new SessionLostError("redis://h:6379", "s.1", "why").message).toMatchInlineSnapshot(
      `"the session s.1 in redis://h:6379 was lost: why; what it held may be another's now, so stop what relies on it"`,
    );
  });
}
