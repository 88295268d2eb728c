import { setTimeout as pause } from "node:timers/promises";
import { type Namespace, type QueueItem, WorkQueue, type WorkQueueOptions } from "@groundplan/sync";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Ground } from "./set-ups.ts";

/** Work for whoever takes it. */
export function workQueueSuite({ pair }: Ground): void {
  const jobs = (namespace: Namespace, options: WorkQueueOptions<unknown> = {}) =>
    new WorkQueue<unknown>(namespace, "jobs", options);
  const both = async (options: WorkQueueOptions<unknown> = {}) => {
    const [a, b] = await pair();
    return [jobs(a, options), jobs(b, options)] as const;
  };
  const takeAll = async (queue: WorkQueue, count: number): Promise<readonly unknown[]> => {
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const item = await queue.take({ timeoutMs: 5_000 });
      values.push(item.value);
      await item.ack();
    }
    return values;
  };

  test("items are taken in the order in which they were put, each once", async () => {
    const [a, b] = await both();
    for (let i = 0; i < 20; i++) expect(await a.put(i)).toBe(true);
    expect(await takeAll(b, 20)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await b.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  });

  test("taking waits for an item; a timed attempt gives up in time; one that was given up takes none [97]", async () => {
    const [a, b] = await both();
    const stop = new AbortController();
    const given = a.take({ signal: stop.signal });
    const waiting = b.take();
    const began = performance.now();
    expect(await a.tryTake({ timeoutMs: 60 })).toBeUndefined();
    expect(performance.now() - began).toBeGreaterThan(55);
    await expect(a.take({ timeoutMs: 30 })).rejects.toMatchObject({
      code: "timeout",
      message: 'work-queue "jobs": nothing to take within 30 ms',
    });
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await a.put("x");
    const item = await waiting;
    expect([item.value, item.deliveries]).toEqual(["x", 1]);
    expect(await item.ack()).toBe(true);
    expect(await item.ack()).toBe(false);
    expect(await a.tryTake()).toBeUndefined();
  });

  test("giving up while an item comes never loses it [97]", async () => {
    const [a, b] = await both();
    for (let i = 0; i < 20; i++) {
      const stop = new AbortController();
      const racing = a.take({ signal: stop.signal });
      const put = b.put(i);
      if (i % 2) await put;
      stop.abort(new Error("enough"));
      const taken = await racing.catch(() => undefined);
      await put;
      const item = taken ?? (await b.take({ timeoutMs: 5_000 }));
      expect(item.value).toBe(i);
      await item.ack();
    }
    expect(await a.size()).toMatchObject({ ready: 0, taken: 0 });
  });

  test("an item that comes for somebody who has given up goes back untouched [97]", async () => {
    const [a, b] = await pair();
    const stop = new AbortController();
    const take: Namespace["queues"]["take"] = async (...args) => {
      const taken = await a.queues.take(...args);
      stop.abort(new Error("enough"));
      return taken;
    };
    await jobs(b).put("x");
    const late = jobs({ ...a, queues: { ...a.queues, take } }).take({ signal: stop.signal });
    await expect(late).rejects.toThrow("enough");
    const item = await jobs(b).take({ timeoutMs: 5_000 });
    expect([item.value, item.deliveries]).toEqual(["x", 1]);
    await item.ack();
  });

  test("every item is worked on once by consumers in two processes, while all live", async () => {
    const queues = await both();
    const done: unknown[] = [];
    const stop = new AbortController();
    const work = async ({ value }: QueueItem<unknown>): Promise<void> => {
      await pause(Math.random() * 2);
      done.push(value);
      if (done.length === 200) stop.abort(new Error("enough"));
    };
    const consumers = queues.map((queue) =>
      queue.consume(work, { concurrency: 5, signal: stop.signal }),
    );
    const ended = Promise.allSettled(consumers);
    await Promise.all(Array.from({ length: 200 }, (_, i) => queues[i % 2 ? 0 : 1].put(i)));
    const results = await ended;
    expect(results).toMatchObject([
      { reason: { message: "enough" } },
      { reason: { message: "enough" } },
    ]);
    expect(done.map(Number).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
    expect(await queues[0].size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  });

  test("an item that fails is handed out again at its old place, until it is a dead letter [99]", async () => {
    const [a, b] = await both({ maxDeliveries: 3 });
    await a.put("bad", { id: "bad" });
    await a.put("good");
    for (let i = 1; i <= 3; i++) {
      const item = await b.take({ timeoutMs: 5_000 });
      expect([item.value, item.deliveries]).toEqual(["bad", i]);
      expect(await item.nack()).toBe(true);
    }
    expect(await takeAll(b, 1)).toEqual(["good"]);
    expect(await a.deadLetters()).toEqual([{ id: "bad", value: "bad", deliveries: 3 }]);
    expect(await a.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 1 });
    expect(await a.remove("bad")).toBe(true);
    expect(await a.deadLetters()).toEqual([]);
  });

  test("what becomes of an item whose work throws is the consumer's choice [99]", async () => {
    const [a, b] = await both();
    const failing = async (onError: "retry" | "bury" | "delete", times: number): Promise<void> => {
      await a.put(onError, { id: onError });
      const stop = new AbortController();
      let runs = 0;
      const work = (): void => {
        if (++runs === times) stop.abort(new Error("enough"));
        throw new Error("no luck");
      };
      await expect(b.consume(work, { onError, signal: stop.signal })).rejects.toThrow("enough");
      expect(runs).toBe(times);
    };
    await failing("delete", 1);
    expect(await a.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
    await failing("bury", 1);
    expect(await a.size()).toMatchObject({ ready: 0, dead: 1 });
    await failing("retry", 3);
    expect(await a.size()).toMatchObject({ ready: 1, dead: 1 });
  });

  test("an item in hand is kept for many times its lease, and is lost to nobody meanwhile", async () => {
    // Long enough to be extended in time on a machine that does other things as well.
    const leaseMs = 1_000;
    const [a, b] = await both({ leaseMs });
    await a.put("x");
    const item = await a.take();
    expect(await b.tryTake({ timeoutMs: 4 * leaseMs })).toBeUndefined();
    expect(item.lost.aborted).toBe(false);
    expect(await item.ack()).toBe(true);
  });

  test("closing a queue ends its waits and gives back what it has in hand", async () => {
    const [a, b] = await both();
    await b.put("x");
    const item = await a.take();
    const waiting = a.take();
    const ended = expect(waiting).rejects.toMatchObject({ code: "closed" });
    await a.close();
    await ended;
    const again = await b.take({ timeoutMs: 5_000 });
    expect([again.value, again.deliveries]).toEqual(["x", 2]);
    expect(await item.ack()).toBe(false);
    await expect(a.put("y")).rejects.toMatchObject({ code: "closed" });
    await again.ack();
  });

  test("leaving the scope without settling an item hands it out again", async () => {
    const [a, b] = await both();
    await a.put("x");
    {
      await using item = await a.take();
      expect(item.deliveries).toBe(1);
    }
    const again = await b.take({ timeoutMs: 5_000 });
    expect(again.deliveries).toBe(2);
    expect(await again.bury()).toBe(true);
  });

  test("a bounded queue makes producers wait, in order, until an item is done [100]", async () => {
    const [a, b] = await both({ capacity: 2 });
    await a.put(0);
    await b.put(1);
    const late = a.put(2, { timeoutMs: 60 });
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    const waits = [];
    for (const value of [3, 4, 5]) {
      waits.push((value % 2 ? a : b).put(value));
      await pause(30);
    }
    const first = await b.take();
    expect(first.value).toBe(0);
    expect(await a.size()).toMatchObject({ ready: 1, taken: 1 });
    await first.ack();
    expect(await takeAll(b, 4)).toEqual([1, 3, 4, 5]);
    expect(await Promise.all(waits)).toEqual([true, true, true]);
  });

  test("an item that is removed or buried makes room for who waits [100]", async () => {
    const [a, b] = await both({ capacity: 1 });
    await a.put(0, { id: "first" });
    const second = b.put(1);
    await pause(30);
    expect(await a.remove("first")).toBe(true);
    expect(await second).toBe(true);
    const third = a.put(2);
    await (await b.take()).bury();
    expect(await third).toBe(true);
    expect(await a.size()).toMatchObject({ ready: 1, dead: 1 });
  });

  test("no item comes before it is due, and one put later that is due earlier comes first [101]", async () => {
    const [a, b] = await both();
    const began = performance.now();
    const arrivals = [b.take(), b.take()].map(async (taking) => {
      const item = await taking;
      await item.ack();
      return [item.value, performance.now() - began] as const;
    });
    await a.put("late", { delayMs: 300 });
    await a.put("early", { delayMs: 120 });
    await a.put("never", { delayMs: 40 * 24 * 60 * 60 * 1000 });
    expect(await a.size()).toMatchObject({ ready: 0, delayed: 3 });
    const [first, second] = await Promise.all(arrivals);
    expect([first?.[0], second?.[0]]).toEqual(["early", "late"]);
    expect(first?.[1]).toBeGreaterThan(115);
    expect(second?.[1]).toBeGreaterThan(295);
    expect(await b.tryTake()).toBeUndefined();
  });

  test("an item that is tried later does not hold up the others", async () => {
    const [a] = await both();
    await a.put("x");
    await a.put("y");
    const began = performance.now();
    await (await a.take()).nack({ delayMs: 150 });
    expect(await takeAll(a, 2)).toEqual(["y", "x"]);
    expect(performance.now() - began).toBeGreaterThan(145);
  });

  test("larger priorities go first, and within one the order of putting [101]", async () => {
    const [a, b] = await both();
    const put = [0, 5, -3, 1_000, 5, 0, -1_000].map((priority, i) => ({ priority, i }));
    for (const item of put) await a.put(item, { priority: item.priority });
    const sorted = put.toSorted((x, y) => y.priority - x.priority || x.i - y.i);
    expect(await takeAll(b, put.length)).toEqual(sorted);
  });

  test("an item with an id is put once, and removed as long as nobody has it [101]", async () => {
    const [a, b] = await both();
    expect(await a.put(1, { id: "one" })).toBe(true);
    expect(await b.put(2, { id: "one" })).toBe(false);
    const item = await b.take();
    expect(await a.remove("one")).toBe(false);
    await item.nack();
    expect(await a.remove("one")).toBe(true);
    expect(await a.remove("one")).toBe(false);
    expect(await a.put(3, { id: "one" })).toBe(true);
    expect(await takeAll(b, 1)).toEqual([3]);
  });

  test("at most once: an item that is settled on taking does not come back", async () => {
    const [a] = await both();
    await a.put("x");
    const stop = new AbortController();
    const work = (): void => {
      stop.abort(new Error("enough"));
      throw new Error("no luck");
    };
    const consuming = a.consume(work, { ackMode: "onTake", signal: stop.signal });
    await expect(consuming).rejects.toThrow("enough");
    expect(await a.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  });

  test("processes that disagree about the queue learn of it", async () => {
    const [a, b] = await pair();
    await jobs(a, { capacity: 2 }).put(1);
    await expect(jobs(b, { capacity: 3 }).put(1)).rejects.toMatchObject({
      code: "mismatch",
      message: expect.stringContaining('work-queue "jobs": a capacity of 3'),
    });
    await expect(jobs(b, { maxDeliveries: 1 }).take()).rejects.toMatchObject({ code: "mismatch" });
  });

  test("an item that is not of the schema becomes a dead letter, and says so to who takes it", async () => {
    const [a, b] = await pair();
    await jobs(a).put({ port: "80" }, { id: "wrong" });
    const typed = new WorkQueue(b, "jobs", { schema: z.object({ port: z.number() }) });
    const taking = typed.take();
    await expect(taking).rejects.toMatchObject({ code: "invalid-payload" });
    const letters = await typed.deadLetters();
    expect(letters).toEqual([{ id: "wrong", value: { port: "80" }, deliveries: 1 }]);
    const wrong: unknown = { port: "80" };
    const putting = typed.put(wrong as { port: number });
    await expect(putting).rejects.toMatchObject({ code: "invalid-payload" });
  });

  test.each([
    ["a fraction of a capacity", { capacity: 1.5 }, {}],
    ["a negative capacity", { capacity: -1 }, {}],
    ["a negative number of deliveries", { maxDeliveries: -1 }, {}],
    ["a priority beyond the limit", {}, { priority: 1_001 }],
    ["a negative delay", {}, { delayMs: -1 }],
    ["an empty id", {}, { id: "" }],
  ])("%s is refused", async (_, options, putting) => {
    const [a] = await both(options);
    await expect(a.put(1, putting)).rejects.toMatchObject({ code: "range" });
  });

  test.each([0, -1, 1.5, Number.NaN])("%s items at a time are refused", async (concurrency) => {
    const [a] = await both();
    await expect(a.consume(() => {}, { concurrency })).rejects.toMatchObject({ code: "range" });
  });

  test("a write repeated with its request id changes nothing and gives its first answer", async () => {
    const [a, b] = await pair();
    const shape = { capacity: 0, maxDeliveries: 0 };
    const put = { shape, id: "1", json: "1", priority: 0, delayMs: 0, requestId: "p" };
    expect(await a.queues.put("q", put)).toEqual({ type: "added" });
    expect(await b.queues.put("q", put)).toEqual({ type: "added" });
    const take = { shape, most: 10, leaseMs: 10_000, requestId: "t" };
    const taken = await a.queues.take("q", take);
    await b.queues.put("q", { ...put, id: "2", requestId: "p2" });
    expect((await b.queues.take("q", take)).items).toEqual(taken.items);
    const [item] = taken.items;
    const settle = {
      ...{ shape, id: "1", token: item?.token ?? 0, delayMs: 0, requestId: "s" },
      as: "retry",
    } as const;
    expect(await a.queues.settle("q", settle)).toBe(true);
    const second = await a.queues.take("q", { ...take, requestId: "t2" });
    expect(second.items.map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await b.queues.settle("q", settle)).toBe(true);
    expect((await b.queues.take("q", take)).items).toEqual([]);
    expect(await b.queues.inspect("q")).toEqual({ ready: 0, delayed: 0, taken: 2, dead: 0 });
    const late = { ...settle, requestId: "s2" };
    expect(await b.queues.settle("q", late)).toBe(false);
  });

  test("an item whose lease ran out goes to the next, and its first taker can neither keep nor settle it [99] [100]", async () => {
    const [a, b] = await pair();
    const shape = { capacity: 1, maxDeliveries: 2 };
    const put = { shape, id: "1", json: "1", priority: 0, delayMs: 0, requestId: "p" };
    await a.queues.put("q", put);
    const take = { shape, most: 1, leaseMs: 150, requestId: "t" };
    const [first] = (await a.queues.take("q", take)).items;
    // The second waits for the time at which the lease of the first runs out.
    const empty = await b.queues.take("q", { ...take, requestId: "t2" });
    expect(empty.items).toEqual([]);
    expect(empty.nextMs).toBeGreaterThan(0);
    const until = { timeoutMs: empty.nextMs };
    await b.queues.changed("q", "items", empty.changes, until).catch(() => {});
    await pause(5);
    const [second] = (await b.queues.take("q", { ...take, requestId: "t3" })).items;
    expect([second?.id, second?.deliveries]).toEqual(["1", 2]);
    expect(second?.token).toBeGreaterThan(first?.token ?? 0);
    const items = [first, second].flatMap((item) => item ?? []);
    expect(await a.queues.extend("q", { shape, items, leaseMs: 150 })).toEqual([false, true]);
    const settle = { shape, id: "1", delayMs: 0, as: "done" } as const;
    const token = first?.token ?? 0;
    expect(await a.queues.settle("q", { ...settle, token, requestId: "s" })).toBe(false);
    await pause(160);
    // Handed out often enough: a dead letter, which takes no room.
    expect(await a.queues.inspect("q")).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 1 });
    const next = { ...put, id: "2", requestId: "p2" };
    expect(await b.queues.put("q", next)).toEqual({ type: "added" });
  });
}
