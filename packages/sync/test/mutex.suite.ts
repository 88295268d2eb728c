import { setTimeout as pause } from "node:timers/promises";
import {
  type ClaimView,
  type Lease,
  type LockOptions,
  Mutex,
  type Namespace,
} from "@groundplan/sync";
import { expect, test, vi } from "vitest";
import { untilWaiting } from "./exclusion.suite.ts";
import type { Ground } from "./set-ups.ts";

/** Milliseconds: an explicit lease, and what a busy machine may add to it. */
const LEASE_MS = 250;
const SLACK_MS = 2_000;

const lost = (lease: Lease): Promise<void> =>
  new Promise((resolve) => lease.onEnd(() => resolve()));

/** What ends by itself, and what does not. */
export function mutexSuite({ pair }: Ground): void {
  const ask = (namespace: Namespace, options: LockOptions): Promise<Lease> =>
    new Mutex(namespace, "m").lock(options);
  const view = (namespace: Namespace): Promise<ClaimView> => new Mutex(namespace, "m").inspect();
  const waiting = (namespace: Namespace) => ({
    waiting: async () => (await view(namespace)).queue.length,
  });

  test("a lease that ran out is handed over without a release, and its late release disturbs nobody [9] [10]", async () => {
    const [a, b] = await pair();
    const began = performance.now();
    const first = await ask(a, { leaseMs: LEASE_MS });
    const second = await ask(b, {});
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(LEASE_MS * 0.9);
    expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
    await lost(first);
    expect(first.lost.reason).toMatchObject({ code: "not-owner" });
    expect(first.isHeld).toBe(false);
    expect(await first.release()).toBe(false);
    expect(await first.renew()).toBe(false);
    expect(second.lost.aborted).toBe(false);
    expect(second.token.n).toBeGreaterThan(first.token.n);
    expect(await second.release()).toBe(true);
  });

  test("renewal keeps it for many times the lease, and ends with the release [13] [14]", async () => {
    const [a, b] = await pair();
    const lease = await ask(a, { leaseMs: LEASE_MS });
    const next = ask(b, {});
    await untilWaiting(waiting(a), 1);
    for (let i = 0; i < 10; i++) {
      await pause(LEASE_MS / 3);
      expect(await lease.renew()).toBe(true);
    }
    await untilWaiting(waiting(a), 1);
    expect(await lease.release()).toBe(true);
    expect(await lease.renew()).toBe(false);
    await (await next).release();
    expect((await view(a)).holders).toEqual([]);
  });

  test("short timed attempts do not put off the turn of who waits [25]", async () => {
    const [a, b] = await pair();
    const began = performance.now();
    await ask(a, { leaseMs: LEASE_MS });
    const next = ask(b, {});
    await untilWaiting(waiting(a), 1);
    for (let i = 0; i < 5; i++) await ask(a, { timeoutMs: 10 }).catch(() => {});
    await (await next).release();
    expect(performance.now() - began).toBeLessThan(LEASE_MS + SLACK_MS);
  });

  test("without a time of its own it lasts, and so does the wait of the next, for longer than a session lives unheard [13] [24]", async () => {
    const [a, b] = await pair({ sessionTtlMs: 300 });
    const lease = await ask(a, {});
    const next = ask(b, {});
    await untilWaiting(waiting(a), 1);
    await pause(1_000);
    expect(lease.isHeld).toBe(true);
    await untilWaiting(waiting(a), 1);
    expect(await lease.release()).toBe(true);
    await (await next).release();
  });

  test("the clock of a process that is wrong by an hour changes nothing [35]", async () => {
    const [a, b] = await pair();
    const now = Date.now.bind(Date);
    for (const skew of [3_600_000, -3_600_000]) {
      vi.spyOn(Date, "now").mockImplementation(() => now() + skew);
      const began = performance.now();
      await ask(a, { leaseMs: LEASE_MS });
      await (await ask(b, {})).release();
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(LEASE_MS * 0.9);
      expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
    }
  });

  test("tryLock takes what is free, and neither waits nor overtakes", async () => {
    const [a, b] = await pair();
    const mutex = new Mutex(b, "m");
    const first = await mutex.tryLock();
    expect(first).toBeDefined();
    expect(await new Mutex(a, "m").tryLock()).toBeUndefined();
    const began = performance.now();
    expect(await new Mutex(a, "m").tryLock({ timeoutMs: 60 })).toBeUndefined();
    expect(performance.now() - began).toBeGreaterThan(55);
    await untilWaiting(waiting(a), 0);
    const timed = new Mutex(a, "m").tryLock({ timeoutMs: 5_000 });
    await untilWaiting(waiting(a), 1);
    await first?.release();
    await (await timed)?.release();
  });

  test("an owner that asks again under its name is refused, while other owners queue [4]", async () => {
    const [a] = await pair();
    const lease = await ask(a, { owner: "one" });
    await expect(ask(a, { owner: "one" })).rejects.toMatchObject({
      code: "reentrant",
      message:
        'mutex "m" is asked for by who holds it already, and would wait for ever; use the lease that is held',
    });
    const other = ask(a, { owner: "two" });
    await untilWaiting(waiting(a), 1);
    await lease.release();
    await (await other).release();
    await (await ask(a, { owner: "one" })).release();
  });

  test("taking the lock away wakes one waiter, and the holder learns of it [7] [27]", async () => {
    const [a, b] = await pair();
    const held = await ask(a, {});
    const [second, third] = [ask(b, {}), ask(a, {})];
    await untilWaiting(waiting(a), 2);
    const mutex = new Mutex(a, "m");
    expect(await mutex.forceRelease({ ...held.token, n: held.token.n + 1 })).toBe(false);
    expect(held.isHeld).toBe(true);
    expect(await mutex.forceRelease(held.token)).toBe(true);
    expect(await mutex.forceRelease(held.token)).toBe(false);
    const next = await Promise.race([second, third]);
    await untilWaiting(waiting(a), 1);
    expect(await held.release()).toBe(false);
    await next.release();
    for (const lease of await Promise.all([second, third])) await lease.release();
  });

  test("a run whose lock was taken away does not end as if it had held it throughout", async () => {
    const [a, b] = await pair();
    const running = new Mutex(a, "m").run(({ token }) => new Mutex(b, "m").forceRelease(token));
    await expect(running).rejects.toMatchObject({ code: "not-owner" });
  });

  test("a request to let go reaches the holder, which decides [30]", async () => {
    const [a, b] = await pair();
    expect(await new Mutex(b, "m").revoke()).toBe(false);
    const asked = new Promise<void>((resolve) => {
      void new Mutex(a, "m").run(
        () =>
          new Promise<void>((done) => {
            stop = done;
          }),
        { onRevoke: resolve },
      );
    });
    let stop = (): void => {};
    while (!(await new Mutex(b, "m").revoke()));
    await asked;
    const next = ask(b, {});
    await untilWaiting(waiting(b), 1);
    stop();
    await (await next).release();
  });
}
