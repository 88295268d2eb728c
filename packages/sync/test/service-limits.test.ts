import { MemoryStore, type Namespace, openStore, type Scope } from "@groundplan/sync";
import { type SyncService, serveSync } from "@groundplan/sync/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { barrier, publish, RawClient, signal, subscribe } from "./raw-client.ts";

const scope: Scope = { run: "r", plan: "p", case: "c" };
let store: MemoryStore;
let service: SyncService;

beforeEach(async () => {
  store = new MemoryStore();
  service = await serveSync(store, { port: 0, maxRequests: 8, maxSubscriptions: 3 });
});

afterEach(async () => {
  await service.close();
  await store.close();
});

describe("one connection", () => {
  test("has so many requests without an answer, and one more is answered with an error", async () => {
    await using client = await RawClient.connect(service.url);
    for (let n = 0; n < 8; n++) client.send(barrier(`${n}`, "never", 1));
    client.send(barrier("more", "never", 1));
    expect(await client.nextFrame()).toEqual({
      id: "more",
      error:
        "8 requests of this connection have no answer yet, and that is the limit; end some, use another connection, or have the service take more",
      publish: null,
      subscribe: "",
      signal_entry: null,
    });
    client.send({ id: "3", is_cancel: true });
    client.send(publish("then", "t", 1));
    expect(await client.nextFrame()).toMatchObject({ id: "then", publish: { seq: 1 } });
  });

  test("has so many subscriptions, and one more is answered with an error", async () => {
    await using client = await RawClient.connect(service.url);
    for (let n = 0; n < 4; n++) client.send(subscribe(`${n}`, "t"));
    expect(await client.nextFrame()).toMatchObject({
      id: "3",
      error: expect.stringContaining("this connection has 3 subscriptions"),
    });
    client.send(signal("s", "s"));
    expect(await client.nextFrame()).toMatchObject({ id: "s", error: "" });
  });

  test("of the extension gets the error with its code", async () => {
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    const state = (n: number) => ({ kind: "state", name: `${n}` }) as const;
    const waits = Array.from({ length: 8 }, (_, n) => namespace.counters.reach(state(n), 1));
    await expect(namespace.counters.reach(state(9), 1)).rejects.toMatchObject({ code: "range" });
    await namespace.close();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "closed" });
  });

  test("has so many runs open, and may close some", async () => {
    await using client = await openStore(service.url);
    const runs: Namespace[] = [];
    for (let n = 0; n < 8; n++) runs.push(await client.open({ ...scope, run: `${n}` }));
    const tooMany = client.open({ ...scope, run: "more" });
    await expect(tooMany).rejects.toMatchObject({
      code: "range",
      message: expect.stringContaining("8 runs are open on this connection"),
    });
    await runs[0]?.close();
    await client.open({ ...scope, run: "more" });
  });

  test("whose share is taken takes nothing from another", async () => {
    await using greedy = await RawClient.connect(service.url);
    await using other = await RawClient.connect(service.url);
    for (let n = 0; n < 9; n++) greedy.send(barrier(`${n}`, "never", 1));
    await greedy.nextFrame();
    other.send(signal("s", "never"));
    expect(await other.nextFrame()).toMatchObject({ id: "s", signal_entry: { seq: 1 } });
    expect((await greedy.nextFrames(8)).map(({ id }) => Number(id)).sort()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
  });
});

test("a run that is still being opened when its client goes is not left open", async () => {
  const client = await RawClient.connect(service.url);
  const open = store.open.bind(store);
  const opened = new Promise<Namespace>((resolve) => {
    vi.spyOn(store, "open").mockImplementation(async (...args) => {
      const namespace = await open(...args);
      client.socket.terminate();
      await expect.poll(() => service.connections).toBe(0);
      resolve(namespace);
      return namespace;
    });
  });
  client.send({ id: "0", hello: { version: 2, client: "x" } });
  client.send({ id: "1", call: { op: "open", scope, handle: "1" } });
  const namespace = await opened;
  const wait = namespace.counters.reach({ kind: "own", name: "never" }, 1);
  await expect(wait).rejects.toMatchObject({ code: "closed" });
});

test("a reader that stopped is sent what it missed from the store, not from a buffer", async () => {
  const writer = await store.open(scope);
  await using raw = await RawClient.connect(service.url);
  raw.send(subscribe("s", "run:r:plan:p:case:c:topics:t"));
  await raw.rest();
  raw.socket.pause();
  const reads = vi.spyOn(store.foreign.logs, "read");
  const json = JSON.stringify("x".repeat(30_000));
  const count = 2_000;
  const before = process.memoryUsage().external;
  for (let n = 0; n < count; n++) {
    await writer.logs.append({ kind: "topic", name: "t" }, json, { requestId: `${n}` });
  }
  // 60 MB are published, and the entries are one text each in the store.
  expect(process.memoryUsage().external - before).toBeLessThan(20_000_000);
  expect(reads).not.toHaveBeenCalled();
  raw.socket.resume();
  expect(await raw.nextFrames(count)).toHaveLength(count);
});

test("listening on localhost takes both of its addresses", async () => {
  await using both = await serveSync(store, { host: "localhost", port: 0 });
  expect(both.url).toBe(`ws://127.0.0.1:${both.port}`);
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    await using client = await RawClient.connect(`ws://${host}:${both.port}`);
    client.send(signal("s", host));
    expect(await client.nextFrame()).toMatchObject({ id: "s", signal_entry: { seq: 1 } });
  }
  expect(await store.foreign.logs.append("t", "1", { requestId: "x" })).toBe(1);
});
