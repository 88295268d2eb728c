import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  MemoryStore,
  type Namespace,
  type QueuedItem,
  type QueuePut,
  type Taken,
  WorkQueue,
} from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedRedis } from "./redis-server.ts";

let store: RedisStore;
let raw: Redis;
beforeAll(async () => {
  store = await RedisStore.connect(sharedRedis());
  raw = new Redis(sharedRedis());
});
afterAll(async () => {
  await store.close();
  raw.disconnect();
});

const shape = { capacity: 3, maxDeliveries: 2 };
const scopeOf = (run: string) => ({ run, plan: "p", case: "c" });
const putOf = (n: number): QueuePut => ({
  ...{ shape, id: `${n}`, json: `${n}`, priority: 0, delayMs: 0, requestId: `put ${n}` },
});

const operation = fc.oneof(
  fc.record({
    type: fc.constant("put" as const),
    id: fc.nat(5),
    priority: fc.integer({ min: -2, max: 2 }),
    requestId: fc.nat(60),
  }),
  fc.record({
    type: fc.constant("take" as const),
    most: fc.integer({ min: 1, max: 3 }),
    requestId: fc.nat(60),
  }),
  fc.record({
    type: fc.constant("settle" as const),
    which: fc.nat(20),
    as: fc.constantFrom("done" as const, "retry" as const, "untouched" as const, "dead" as const),
    requestId: fc.nat(60),
  }),
  fc.record({ type: fc.constant("remove" as const), id: fc.nat(5), requestId: fc.nat(60) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** A settlement is of one of the deliveries so far, also of one that was settled. */
function perform(
  { queues }: Namespace,
  asked: Operation,
  delivered: readonly { readonly id: string; readonly token: number }[],
): Promise<unknown> {
  const requestId = `${asked.type} ${asked.requestId}`;
  switch (asked.type) {
    case "put": {
      const { priority } = asked;
      return queues.put("q", { ...putOf(asked.id), priority, requestId });
    }
    case "take":
      return queues.take("q", { shape, most: asked.most, leaseMs: 60_000, requestId });
    case "settle": {
      const { id, token } = delivered[asked.which % delivered.length] ?? { id: "none", token: 1 };
      return queues.settle("q", { shape, id, token, as: asked.as, delayMs: 0, requestId });
    }
    case "remove":
      return queues.remove("q", { id: `${asked.id}`, requestId });
  }
}

/** Without what depends on the moment. */
function lasting(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || !("nextMs" in answer)) return answer;
  return { ...answer, nextMs: answer.nextMs === undefined ? "never" : "some time" };
}

test("whatever is asked of a queue, in whatever order and however often, Redis answers as memory does", async () => {
  const memory = new MemoryStore();
  const compare = async (operations: readonly Operation[]): Promise<void> => {
    const scope = scopeOf(randomUUID());
    const model = await memory.open(scope);
    const namespace = await store.open(scope);
    const delivered: QueuedItem[] = [];
    for (const asked of operations) {
      const expected = lasting(await perform(model, asked, delivered));
      const answer = await perform(namespace, asked, delivered);
      expect(lasting(answer), JSON.stringify(asked)).toEqual(expected);
      if (asked.type === "take") delivered.push(...(answer as Taken).items);
    }
    expect(await namespace.queues.inspect("q")).toEqual(await model.queues.inspect("q"));
    const letters = async ({ queues }: Namespace) =>
      (await queues.deadLetters("q")).toSorted((x, y) => x.id.localeCompare(y.id));
    expect(await letters(namespace)).toEqual(await letters(model));
    await namespace.drop();
    await namespace.close();
  };
  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 20, maxLength: 150 }),
    compare,
  );
  await fc.assert(property, { numRuns: 100 });
});

test("every key of a queue ends, and none is left when the run is dropped", async () => {
  const run = randomUUID();
  const namespace = await store.open(scopeOf(run));
  const queue = new WorkQueue<string>(namespace, "jobs", { capacity: 9, maxDeliveries: 1 });
  for (const value of ["a", "b", "c"]) await queue.put(value);
  await queue.put("later", { delayMs: 60_000 });
  await (await queue.take()).nack();
  await (await queue.take()).ack();
  await queue.take();
  await queue.take({ timeoutMs: 20 }).catch(() => {});
  const keys = await raw.keys(`*${run}*`);
  expect(keys.length).toBeGreaterThan(8);
  // -1: it stays for ever; -2: it is gone already.
  for (const key of keys) expect(await raw.pttl(key), key).not.toBe(-1);
  await queue.close();
  await namespace.close();
  const other = await store.open(scopeOf(run));
  await other.drop();
  await other.close();
  expect(await raw.keys(`*${run}*`)).toEqual([]);
});

test("every operation of a queue checks the epoch and changes nothing under another", async () => {
  const run = randomUUID();
  const { queues } = await store.open(scopeOf(run));
  const meta = `gp:meta:run:${run}:plan:p:case:c`;
  await raw.hset(meta, "epoch", "another");
  const requestId = "1";
  const operations = [
    () => queues.put("q", putOf(1)),
    () => queues.take("q", { shape, most: 1, leaseMs: 1_000, requestId }),
    () => queues.settle("q", { shape, id: "1", token: 1, as: "done", delayMs: 0, requestId }),
    () => queues.extend("q", { shape, items: [], leaseMs: 1_000 }),
    () => queues.remove("q", { id: "1", requestId }),
    () => queues.changed("q", "items", 0),
    () => queues.changed("q", "space", 0),
    () => queues.inspect("q"),
    () => queues.deadLetters("q"),
  ];
  for (const ask of operations) {
    await expect(ask(), String(ask)).rejects.toMatchObject({
      code: "state-lost",
      found: "another",
    });
  }
  expect(await raw.keys(`*${run}*`)).toEqual([meta]);
  await raw.del(meta);
});

test("reading a queue that nobody used leaves no key", async () => {
  const run = randomUUID();
  const { queues } = await store.open(scopeOf(run));
  expect(await queues.inspect("q")).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  expect(await queues.deadLetters("q")).toEqual([]);
  expect(await raw.keys(`*${run}*`)).toEqual([`gp:meta:run:${run}:plan:p:case:c`]);
});

test("a thousand items that become due at once are seen to in bounded steps, and all are handed out", async () => {
  const namespace = await store.open(scopeOf(randomUUID()));
  const wide = { capacity: 0, maxDeliveries: 0 };
  await Promise.all(
    Array.from({ length: 1_000 }, (_, i) =>
      namespace.queues.put("work-queue:jobs", { ...putOf(i), shape: wide, delayMs: 300 }),
    ),
  );
  const queue = new WorkQueue<number>(namespace, "jobs");
  const items = await Promise.all(Array.from({ length: 1_000 }, () => queue.take()));
  expect(new Set(items.map(({ value }) => value)).size).toBe(1_000);
  await Promise.all(items.map((item) => item.ack()));
  await namespace.drop();
});

test("large items come in several deliveries, each within what a reply may hold", async () => {
  const namespace = await store.open(scopeOf(randomUUID()));
  const queue = new WorkQueue<string>(namespace, "jobs");
  await Promise.all(Array.from({ length: 8 }, (_, i) => queue.put(`${i}`.repeat(700_000))));
  const items = await Promise.all(Array.from({ length: 8 }, () => queue.take()));
  expect(new Set(items.map(({ value }) => value[0])).size).toBe(8);
  await queue.close();
  await namespace.drop();
});

test("an item that is put wakes the process whose turn it is, and no other that waits", async () => {
  const heard: string[] = [];
  const run = randomUUID();
  const idle = await RedisStore.connect(
    sharedRedis(),
    {},
    {
      onNotify: (channel) => {
        if (channel.includes(run)) heard.push(channel);
        return true;
      },
    },
  );
  const queues = [];
  for (const from of [store, idle, idle]) {
    const namespace = await from.open(scopeOf(run));
    queues.push(new WorkQueue<number>(namespace, "jobs"));
  }
  const [first, second, third] = queues;
  const takes = [first?.take()];
  // It has the turn, and is the one to be woken.
  await pause(50);
  takes.push(second?.take(), third?.take());
  await pause(50);
  heard.length = 0;
  await second?.put(1);
  expect((await takes[0])?.value).toBe(1);
  await pause(50);
  expect(heard.filter((channel) => channel.startsWith("gp:ch:gp:queue:"))).toEqual([]);
  const ended = Promise.allSettled(takes);
  await idle.close();
  await ended;
});
