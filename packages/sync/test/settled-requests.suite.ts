import type { CounterKey, LogKey, Namespace } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

const KEY: CounterKey = { kind: "own", name: "c" };
const LOG: LogKey = { kind: "own", name: "l" };

/** More than it takes until a store is told what it need not remember. */
const MANY = 300;

/** What a store remembers of requests: enough for every one that may come again. */
export function settledRequestsSuite({ pair }: Ground): void {
  const signal = async ({ counters, requestId }: Namespace, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await counters.add(KEY, { requestId: requestId() });
  };

  test("of many signals of one client only the last are remembered, and the names of members for good", async () => {
    const [a, b] = await pair();
    await a.counters.add(KEY, { requestId: "member:1" });
    await signal(a, MANY);
    expect(await b.counters.add(KEY, { requestId: "member:1" })).toBe(1);
    expect(await b.counters.read(KEY)).toBe(MANY + 1);
    const remembered = await b.counters.contributors(KEY);
    expect(remembered).toContain("member:1");
    expect(remembered.length).toBeLessThan(130);
  });

  test("a copy of a request that comes when its sender is done with it is refused, and changes nothing", async () => {
    const [a, b] = await pair();
    const late = { requestId: a.requestId() };
    expect(await a.counters.add(KEY, late)).toBe(1);
    await signal(a, MANY);
    await expect(b.counters.add(KEY, late)).rejects.toMatchObject({ code: "protocol" });
    expect(await b.counters.read(KEY)).toBe(MANY + 1);
  });

  test("a request that was made long before it is sent counts once, however often it is repeated", async () => {
    const [a, b] = await pair();
    const early = { requestId: a.requestId() };
    await signal(a, MANY);
    for (const { counters } of [a, b, a]) {
      expect(await counters.add(KEY, early)).toBe(MANY + 1);
    }
    await signal(a, MANY);
    expect(await b.counters.add(KEY, early)).toBe(MANY + 1);
  });

  test("a request whose caller gave up is remembered until it is answered", async () => {
    const [a] = await pair();
    const unsure = { requestId: a.requestId() };
    const late = a.counters.addAndReach(KEY, 10 * MANY, { ...unsure, timeoutMs: 60 });
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    await signal(a, MANY);
    expect(await a.counters.add(KEY, unsure)).toBe(1);
    expect(await a.counters.read(KEY)).toBe(MANY + 1);
  });

  test("what is under way is not forgotten, and concurrent signals count once each", async () => {
    const [a, b] = await pair();
    const waiting = a.counters.addAndReach(KEY, 2 * MANY + 1, { requestId: a.requestId() });
    const add = (n: Namespace): Promise<number> =>
      n.counters.add(KEY, { requestId: n.requestId() });
    const seqs = await Promise.all(Array.from({ length: 2 * MANY }, (_, i) => add(i % 2 ? a : b)));
    expect(new Set(seqs.concat(await waiting)).size).toBe(2 * MANY + 1);
  });

  test("entries and versions are given once each, however many came before", async () => {
    const [a, b] = await pair();
    const entry = { requestId: a.requestId() };
    const write = { requestId: a.requestId() };
    const sum = { requestId: a.requestId() };
    expect(await a.logs.append(LOG, "0", entry)).toBe(1);
    await a.registers.write("r", "0", write);
    expect(await a.registers.add("n", 5, sum)).toBe(5);
    for (let i = 0; i < MANY; i++) {
      await a.logs.append(LOG, "1", { requestId: a.requestId() });
      await a.registers.write("r", "1", { requestId: a.requestId() });
      await a.registers.add("n", 1, { requestId: a.requestId() });
    }
    for (const again of [
      b.logs.append(LOG, "0", entry),
      b.registers.write("r", "0", write),
      b.registers.add("n", 5, sum),
    ]) {
      await expect(again).rejects.toMatchObject({ code: "protocol" });
    }
    expect(await b.logs.snapshot(LOG)).toHaveLength(MANY + 1);
    expect(await b.registers.read("r")).toEqual({ json: "1", version: MANY + 1 });
    expect(await b.registers.read("n")).toEqual({ json: `${MANY + 5}`, version: MANY + 1 });
  });

  test("a copy of an old request for a lock is refused, and the lock is free", async () => {
    const [a, b] = await pair();
    const lock = async (requestId: string): Promise<void> => {
      const grant = await a.claims.acquire("lock", { requestId, capacity: 1 });
      expect(await a.claims.release(grant, { requestId: a.requestId() })).toBe(true);
    };
    const first = a.requestId();
    await lock(first);
    for (let i = 0; i < MANY; i++) await lock(a.requestId());
    const late = b.claims.acquire("lock", { requestId: first, capacity: 1 });
    await expect(late).rejects.toMatchObject({
      code: expect.stringMatching(/^(not-owner|protocol)$/),
    });
    expect((await b.claims.inspect("lock")).free).toBe(1);
  });

  test("a hold that outlasts many others is given back as usual, and its place is free", async () => {
    const [a, b] = await pair();
    const acquire = (n: Namespace) =>
      n.claims.acquire("pool", { requestId: n.requestId(), capacity: 2 });
    const long = await acquire(a);
    for (let i = 0; i < MANY; i++) {
      const grant = await acquire(a);
      await a.claims.release(grant, { requestId: a.requestId() });
    }
    expect(await a.claims.acquire("pool", { requestId: long.requestId, capacity: 2 })).toBe(long);
    expect(await a.claims.release(long, { requestId: a.requestId() })).toBe(true);
    expect((await b.claims.inspect("pool")).free).toBe(2);
  });
}
