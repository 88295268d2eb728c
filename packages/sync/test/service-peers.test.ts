import { once } from "node:events";
import { connect } from "node:net";
import { MemoryStore, openStore, type Scope, SyncClient } from "@groundplan/sync";
import { type SyncService, serveSync } from "@groundplan/sync/service";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { take } from "./conformance.ts";
import { barrier, publish, RawClient, signal, subscribe } from "./raw-client.ts";

const scope: Scope = { run: "r", plan: "p", case: "c" };
const base = "run:r:plan:p:case:c";
let store: MemoryStore;
let service: SyncService;

beforeEach(async () => {
  store = new MemoryStore();
  service = await serveSync(store, { port: 0, maxBufferedBytes: 4 * 1024 * 1024 });
});

afterEach(async () => {
  await service.close();
  await store.close();
});

test("plain clients and clients of the extension meet at one barrier [127]", async () => {
  await using plain = await RawClient.connect(service.url);
  await using ours = await openStore(service.url);
  const client = new SyncClient(await ours.open(scope));

  const wait = client.barrier("ready", 2);
  plain.send(barrier("b", `${base}:states:ready`, 2));
  expect(await client.signalEntry("ready")).toBe(1);
  expect(await plain.rest()).toEqual([]);
  plain.send(signal("s", `${base}:states:ready`));
  const frames = await plain.nextFrames(2);
  expect(frames.map(({ id }) => id).sort()).toEqual(["b", "s"]);
  expect(frames.find(({ id }) => id === "s")?.signal_entry?.seq).toBe(2);
  await wait;
});

test("plain clients and clients of the extension read each other's topics", async () => {
  await using plain = await RawClient.connect(service.url);
  await using ours = await openStore(service.url);
  const client = new SyncClient(await ours.open(scope));

  const read = take(client.subscribe("addresses"), 2);
  plain.send(subscribe("s", `${base}:topics:addresses`));
  plain.send(publish("p", `${base}:topics:addresses`, { from: "plain" }));
  expect((await plain.nextFrames(2)).map(({ id }) => id).sort()).toEqual(["p", "s"]);
  expect(await client.publish("addresses", { from: "ours" })).toBe(2);
  expect((await plain.nextFrame()).subscribe).toBe('{"from":"ours"}');
  expect(await read).toEqual([{ from: "plain" }, { from: "ours" }]);
});

test("a plain client sees the events that are published through the extension", async () => {
  await using plain = await RawClient.connect(service.url);
  await using ours = await openStore(service.url);
  plain.send(subscribe("s", `${base}:run_events`));
  await new SyncClient(await ours.open(scope)).publishEvent({ success_event: { group: "g" } });
  expect((await plain.nextFrame()).subscribe).toBe('{"success_event":{"group":"g"}}');
});

test("a disconnected client leaves no waits in the store", async () => {
  const counters = vi.spyOn(store.foreign.counters, "reach");
  const opened = vi.spyOn(store, "open");
  const plain = await RawClient.connect(service.url);
  for (const id of ["b", "b", "c"]) plain.send(barrier(id, "never", 1));
  plain.send(subscribe("s", "never"));
  await plain.rest();
  const ours = await openStore(service.url);
  const namespace = await ours.open(scope);
  const behind = await opened.mock.results[0]?.value;
  const waits = vi.spyOn(behind.counters, "reach");
  const lost = namespace.counters.reach({ kind: "state", name: "never" }, 1).catch(() => {});
  await namespace.counters.read({ kind: "state", name: "never" });

  await plain[Symbol.asyncDispose]();
  await ours.close();
  await lost;
  const results = [...counters.mock.results, ...waits.mock.results];
  expect(results).toHaveLength(4);
  for (const { value } of results) await expect(value).rejects.toBeDefined();
});

test("a wait that is over for its client is over in the store", async () => {
  const opened = vi.spyOn(store, "open");
  await using ours = await openStore(service.url);
  const namespace = await ours.open(scope);
  const behind = await opened.mock.results[0]?.value;
  const waits = vi.spyOn(behind.counters, "reach");
  const key = { kind: "state", name: "never" } as const;
  const stop = new AbortController();
  const ended = [
    namespace.counters.reach(key, 1, { timeoutMs: 20 }),
    namespace.counters.reach(key, 2, { signal: stop.signal }),
    namespace.counters.reach(key, 2, { signal: stop.signal }),
  ];
  const rejections = Promise.all(ended.map((wait) => expect(wait).rejects.toBeDefined()));
  await namespace.counters.read(key);
  expect(waits).toHaveBeenCalledTimes(2);
  stop.abort();
  await rejections;
  for (const { value } of waits.mock.results) await expect(value).rejects.toBeDefined();
});

test("a hundred readers of a topic in one process are one subscription in the service", async () => {
  const opened = vi.spyOn(store, "open");
  await using ours = await openStore(service.url);
  const namespace = await ours.open(scope);
  const behind = await opened.mock.results[0]?.value;
  const reads = vi.spyOn(behind.logs, "read");
  const client = new SyncClient(namespace);
  const readers = Array.from({ length: 100 }, () => take(client.subscribe<number>("t"), 3));
  for (const n of [1, 2, 3]) await client.publish("t", n);
  for (const values of await Promise.all(readers)) expect(values).toEqual([1, 2, 3]);
  expect(reads).toHaveBeenCalledTimes(1);
  expect(await take(client.subscribe<number>("t"), 1)).toEqual([1]);
});

test("a client that stops reading delays nobody else, and gets everything once it reads on [128]", async () => {
  await using slow = await RawClient.connect(service.url);
  await using fast = await RawClient.connect(service.url);
  for (const client of [slow, fast]) client.send(subscribe("s", "t"));
  await Promise.all([slow.rest(), fast.rest()]);
  slow.socket.pause();
  const payload = "x".repeat(30_000);
  // Far more than the socket's buffers take.
  for (let n = 1; n <= 1_000; n++) {
    fast.send(publish(`${n}`, "t", payload));
    const frames = await fast.nextFrames(2);
    expect(frames.find((frame) => frame.id === `${n}`)?.publish?.seq).toBe(n);
  }
  expect(service.connections).toBe(2);
  slow.socket.resume();
  expect(await slow.nextFrames(1_000)).toHaveLength(1_000);
}, 60_000);

test("a client that asks and does not read is not read from, costs little, and is answered once it reads on", async () => {
  await using slow = await RawClient.connect(service.url);
  await using other = await RawClient.connect(service.url);
  slow.socket.pause();
  const id = "x".repeat(60_000);
  let asked = 0;
  // Each answer repeats the id: without an end to it, all of them would wait in the service.
  while (slow.socket.bufferedAmount < 16 * 1024 * 1024) {
    slow.send(signal(`${asked++}${id}`, "s"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  other.send(signal("b", "s"));
  const { signal_entry } = await other.nextFrame();
  // What the client has sent and the service has not read is not counted.
  expect(signal_entry?.seq).toBeLessThan(asked);
  expect(service.connections).toBe(2);
  slow.socket.resume();
  const answers = await slow.nextFrames(asked);
  expect(answers.map((frame) => Number.parseInt(frame.id, 10))).toEqual(
    Array.from({ length: asked }, (_, i) => i),
  );
});

test("a request over the limit costs its connection, and no other", async () => {
  await using small = await serveSync(store, { port: 0, maxFrameBytes: 1_000 });
  await using large = await RawClient.connect(small.url);
  await using other = await RawClient.connect(small.url);
  large.send(publish("1", "t", "x".repeat(1_000)));
  expect(await large.closed).toBe(1009);
  other.send(publish("1", "t", 1));
  expect((await other.nextFrame()).publish?.seq).toBe(1);
});

test("a port in use is said so", async () => {
  await expect(serveSync(store, { port: service.port })).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/127\.0\.0\.1:\d+: the port is in use/),
  });
});

test("closing the service ends its connections, leaves the store open, and twice is once", async () => {
  const idle = await RawClient.connect(service.url);
  const silent = connect(service.port, "127.0.0.1");
  await once(silent, "connect");
  const hungUp = once(silent, "close");
  await Promise.all([service.close(), service.close()]);
  await idle.closed;
  await hungUp;
  expect(service.connections).toBe(0);
  expect(await store.foreign.counters.add("s", { requestId: "x" })).toBe(1);
  await using again = await serveSync(store, { port: service.port });
  await using client = await RawClient.connect(again.url);
  client.send(signal("1", "s"));
  expect((await client.nextFrame()).signal_entry?.seq).toBe(2);
});
