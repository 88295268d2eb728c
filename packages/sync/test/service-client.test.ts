import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import {
  MemoryStore,
  openStore,
  type Scope,
  StateLostError,
  SyncClient,
  UnsupportedPrimitiveError,
} from "@groundplan/sync";
import { type ServiceOptions, type SyncService, serveSync } from "@groundplan/sync/service";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { ServiceStore } from "../src/service/store.ts";
import { take } from "./conformance.ts";

const scope: Scope = { run: "r", plan: "p", case: "c" };
const state = { kind: "state", name: "s" } as const;
const own = { kind: "own", name: "o" } as const;
let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => store.close());

const serve = (options: ServiceOptions = {}): Promise<SyncService> =>
  serveSync(store, { port: 0, ...options });

/** A service that does what no real one can be made to do; the frames it gets are kept. */
async function actor(
  answer: (frame: Record<string, unknown>, socket: WebSocket) => void,
): Promise<AsyncDisposable & { url: string; frames: Record<string, unknown>[] }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const frames: Record<string, unknown>[] = [];
  server.on("connection", (socket) =>
    socket.on("message", (data) => {
      const frame: Record<string, unknown> = JSON.parse(data.toString());
      frames.push(frame);
      answer(frame, socket);
    }),
  );
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `ws://127.0.0.1:${port}`,
    frames,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const empty = { error: "", publish: null, subscribe: "", signal_entry: null };
const reply = (socket: WebSocket, frame: object): void =>
  socket.send(JSON.stringify({ ...empty, ...frame }));

describe("connecting", () => {
  test("to a port where nobody listens is refused at once, naming the URL and what to do", async () => {
    const service = await serve();
    await service.close();
    await expect(openStore(service.url)).rejects.toMatchObject({
      code: "connection",
      message: `cannot connect to ${service.url}: ECONNREFUSED; start a sync service there (groundplan service), or use another URL`,
    });
  });

  test("to something that does not answer fails at the deadline, as a connection error", async () => {
    const mute = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const address = mute.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(openStore(`ws://127.0.0.1:${port}`, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "connection",
      message: expect.stringContaining("did not answer within 50 ms"),
    });
    // Ends once its last connection has.
    mute.close();
    await once(mute, "close");
  });

  test("ends with the reason of the caller's signal", async () => {
    await using mute = await actor(() => {});
    const stop = new AbortController();
    const opening = openStore(mute.url, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(opening).rejects.toThrow("enough");
    await expect(openStore(mute.url, { signal: stop.signal })).rejects.toThrow("enough");
  });

  test("to a web server that is not a sync service says what it answered", async () => {
    const http = createHttpServer((_, response) => response.writeHead(404).end()).listen(
      0,
      "127.0.0.1",
    );
    await once(http, "listening");
    const address = http.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(openStore(`ws://127.0.0.1:${port}/x`)).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/cannot connect to ws:.*\/x: .*404/),
    });
    http.close();
    await once(http, "close");
  });

  test("to another version of the extension is refused", async () => {
    const hello = { version: 3, features: [], maxValueBytes: 1, maxFrameBytes: 1 };
    await using future = await actor(({ id }, socket) => reply(socket, { id, hello }));
    await expect(openStore(future.url)).rejects.toMatchObject({ code: "protocol" });
  });

  test("never shows a password", async () => {
    await using service = await serve();
    await using client = await openStore(service.url.replace("ws://", "ws://me:secret@"));
    expect(client.name).toBe(service.url);
  });
});

describe("a lost connection", () => {
  test("to a service that stays away rejects everything that waits, and everything later, with a connection error", async () => {
    const service = await serve();
    const client = await openStore(`${service.url}?reconnectMs=200`);
    const namespace = await client.open(scope);
    const waits = [
      namespace.counters.reach(state, 2),
      namespace.counters.addAndReach(state, 9, { requestId: "x" }),
      namespace.logs.collect(own, 1),
      take(namespace.logs.read(own), 1),
    ];
    const ended = Promise.allSettled(waits);
    await namespace.counters.read(state);
    await service.close();
    for (const result of await ended) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "connection", message: expect.stringContaining(service.url) },
      });
    }
    const later = [
      namespace.counters.add(state, { requestId: "y" }),
      namespace.counters.reach(state, 1),
      take(namespace.logs.read(own), 1),
      client.open(scope),
      client.foreign.counters.read("k"),
    ];
    for (const call of later) await expect(call).rejects.toMatchObject({ code: "connection" });
    await client.close();
    const closed = namespace.counters.add(state, { requestId: "z" });
    await expect(closed).rejects.toMatchObject({ code: "closed" });
  });

  test("leaves the outcome of a write to Testground's service unknown, and of a wait not [126]", async () => {
    await using service = await actor(({ id, hello, barrier }, socket) => {
      if (hello !== undefined) reply(socket, { id });
      else if (barrier === undefined) socket.terminate();
    });
    const client = await openStore(`${service.url}?reconnectMs=0`);
    const namespace = await client.open(scope);
    const wait = namespace.counters.reach(state, 1);
    const write = namespace.counters.add(state, { requestId: "x" });
    const ended = await Promise.allSettled([wait, write]);
    expect(ended[0]).toMatchObject({ reason: { code: "connection" } });
    expect(ended[1]).toMatchObject({
      reason: { code: "outcome-unknown", cause: { code: "connection" } },
    });
    await client.close();
  });

  test("is what a peer that does not speak the protocol is taken for", async () => {
    await using service = await actor(({ id, hello }, socket) => {
      if (hello !== undefined) reply(socket, { id });
      else socket.send("<html>");
    });
    await using client = await openStore(service.url);
    const { counters } = await client.open(scope);
    await expect(counters.add(state, { requestId: "x" })).rejects.toMatchObject({
      code: "protocol",
      message: expect.stringContaining("<html>"),
    });
  });
});

describe("closing", () => {
  test("does not wait for a service that does not answer, beyond a second", async () => {
    await using service = await actor(({ id }, socket) => {
      reply(socket, { id });
      socket.pause();
    });
    const client = await openStore(service.url);
    await Promise.all([client.close(), client.close()]);
    await expect(client.open(scope)).rejects.toMatchObject({ code: "closed" });
  });

  test("lets the process end", async () => {
    await using service = await serve();
    const program = `
      import { openStore } from "@groundplan/sync";
      const store = await openStore(${JSON.stringify(service.url)});
      const namespace = await store.open({ run: "r", plan: "p", case: "c" });
      namespace.counters.reach({ kind: "state", name: "s" }, 1).catch((e) => console.log(e.code));
      await store.close();`;
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", program],
      { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(output).toBe("closed\n");
  });
});

describe("through the extension", () => {
  test("errors arrive as they are: the class, the code, the fields, the words", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    const here = await store.open(scope);
    await here.drop();
    const local = await here.counters.read(state).catch((error: unknown) => error);
    const remote = await namespace.counters.read(state).catch((error: unknown) => error);
    expect(remote).toBeInstanceOf(StateLostError);
    expect(remote).toEqual(local);
    expect(Object.entries(remote as object)).toEqual(Object.entries(local as object));
  });

  test("a store that loses its state ends the waits of clients far away", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    const wait = namespace.counters.reach(state, 1);
    const lost = expect(wait).rejects.toMatchObject({ code: "state-lost" });
    await namespace.counters.read(state);
    store.loseState();
    await lost;
  });

  test("own logs take a whole value, also one that is all escapes", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const { logs } = await client.open(scope);
    const large = [
      JSON.stringify("x".repeat(1024 * 1024 - 2)),
      JSON.stringify('"'.repeat(500_000)),
    ];
    for (const json of large) await logs.append(own, json, { requestId: json.slice(0, 3) });
    expect((await logs.snapshot(own)).map(({ json }) => json)).toEqual(large);
    expect((await take(logs.read(own), 2)).map(({ json }) => json)).toEqual(large);
  });

  test("shared logs take what a Go reader survives, and no more is sent", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const sync = new SyncClient(await client.open(scope));
    const large = "<".repeat(6_000);
    await expect(sync.publish("t", large)).rejects.toMatchObject({ code: "too-large" });
    await expect(sync.publishEvent({ large })).rejects.toMatchObject({ code: "too-large" });
    expect(await sync.publish("t", "small")).toBe(1);
  });

  test("a request that the service would not read is refused here, and the connection serves on", async () => {
    await using service = await serve({ maxFrameBytes: 10_000 });
    await using client = await openStore(service.url);
    const { logs, records } = await client.open(scope);
    const json = JSON.stringify("x".repeat(6_000));
    const append = logs.append(own, json, { requestId: "x" });
    await expect(append).rejects.toMatchObject({ code: "too-large" });
    const write = records.write("progress", { "1": json, "2": json });
    await expect(write).rejects.toMatchObject({ code: "too-large" });
    expect(await logs.append(own, "1", { requestId: "x" })).toBe(1);
  });

  test("foreign access reaches the same keys", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const { foreign } = client;
    expect(await foreign.counters.add("k", { requestId: "x" })).toBe(1);
    await foreign.counters.reach("k", 1);
    expect(await foreign.logs.append("l", "1", { requestId: "x" })).toBe(1);
    expect(await foreign.logs.collect("l", 1)).toEqual([{ seq: 1, json: "1" }]);
    expect(await store.foreign.counters.read("k")).toBe(1);
  });

  test("a timeout says the count even if the signals came from elsewhere", async () => {
    await using service = await serve();
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    const here = await store.open(scope);
    for (const requestId of ["x", "y"]) await here.counters.add(state, { requestId });
    const waits = [
      namespace.counters.reach(state, 9, { timeoutMs: 20 }),
      namespace.counters.addAndReach(state, 9, { timeoutMs: 20, requestId: "z" }),
    ];
    for (const wait of waits) {
      await expect(wait).rejects.toThrow('state "s": 3 of 9 after 20 ms');
    }
  });
});

describe("with Testground's own service", () => {
  test("what it does not carry is refused without sending a frame [122]", async () => {
    await using service = await actor(({ id }, socket) => reply(socket, { id }));
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    const calls = [
      namespace.counters.read(state),
      namespace.counters.contributors(state),
      namespace.logs.snapshot(own),
      namespace.records.write("set", { a: "1" }),
      namespace.records.read("set"),
      namespace.drop(),
      namespace.counters.add(state, { requestId: "1", by: 2 }),
      namespace.counters.add(state, { requestId: "1", onlyIf: "odd" }),
      namespace.counters.addAndReach(state, { roundOf: 2 }, { requestId: "1" }),
      namespace.counters.reach(state, "declared"),
      namespace.counters.declare(state, 1, { requestId: "1" }),
      namespace.counters.declared(state),
      namespace.registers.read("r"),
      namespace.registers.write("r", "1", { requestId: "1" }),
      namespace.registers.add("r", 1, { requestId: "1" }),
      take(namespace.registers.watch("r"), 1),
      namespace.rates.configure("r", { requestId: "1", intervalUs: 1, burst: 1 }),
      namespace.rates.reserve("r", { requestId: "1", permits: 1 }),
      namespace.rates.refund("r", "1"),
    ];
    for (const call of calls) {
      await expect(call).rejects.toBeInstanceOf(UnsupportedPrimitiveError);
    }
    expect(service.frames).toEqual([
      {
        id: "0",
        hello: { version: 2, client: expect.any(String) },
        barrier: { state: expect.any(String), target: 0 },
      },
    ]);
  });

  test("signalAndWait sends the barrier once the signal is answered", async () => {
    await using service = await actor(({ id, signal_entry }, socket) => {
      if (signal_entry === undefined) reply(socket, { id });
      else setImmediate(() => reply(socket, { id, signal_entry: { seq: 7 } }));
    });
    await using client = await openStore(service.url);
    const namespace = await client.open(scope);
    expect(await namespace.counters.addAndReach(state, 7, { requestId: "x" })).toBe(7);
    const key = "run:r:plan:p:case:c:states:s";
    expect(service.frames.slice(1)).toEqual([
      { id: "1", signal_entry: { state: key } },
      { id: "2", barrier: { state: key, target: 7 } },
    ]);
  });

  test("empty entries and answers that nobody waits for are ignored [125]", async () => {
    await using service = await actor(({ id, subscribe }, socket) => {
      reply(socket, { id: "unknown", subscribe: "1" });
      for (const entry of subscribe === undefined ? [""] : ["", '"a"', "", '"b"']) {
        reply(socket, { id, subscribe: entry });
      }
    });
    await using client = await openStore(service.url);
    const { logs } = await client.open(scope);
    expect(await take(logs.read({ kind: "topic", name: "t" }), 2)).toEqual([
      { seq: 1, json: '"a"' },
      { seq: 2, json: '"b"' },
    ]);
  });

  test("a cancel that is not honoured ends the wait all the same, and is sent", async () => {
    const cancelled = new AbortController();
    await using service = await actor(({ id, hello, is_cancel }, socket) => {
      if (hello !== undefined) reply(socket, { id });
      if (is_cancel !== true) return;
      reply(socket, { id });
      cancelled.abort();
    });
    await using client = await openStore(service.url);
    const { counters } = await client.open(scope);
    const wait = counters.reach(state, 3, { timeoutMs: 20 });
    await expect(wait).rejects.toThrow('state "s": at least 0 of 3 after 20 ms');
    if (!cancelled.signal.aborted) await once(cancelled.signal, "abort");
    expect(service.frames.at(-1)).toEqual({ id: "1", is_cancel: true });
  });

  test("an error in an answer rejects the operation", async () => {
    await using service = await actor(({ id, hello }, socket) =>
      reply(socket, hello === undefined ? { id, error: "context canceled" } : { id }),
    );
    await using client = await openStore(service.url);
    const { counters, logs } = await client.open(scope);
    const failed = { code: "protocol", message: expect.stringContaining("context canceled") };
    await expect(counters.add(state, { requestId: "x" })).rejects.toMatchObject(failed);
    await expect(counters.reach(state, 1)).rejects.toMatchObject(failed);
    await expect(take(logs.read(own), 1)).rejects.toMatchObject(failed);
  });

  test("an answer of another shape rejects the operation, not the process", async () => {
    await using service = await actor(({ id, hello }, socket) =>
      reply(socket, hello === undefined ? { id, signal_entry: { seq: "1" } } : { id }),
    );
    await using client = await openStore(service.url);
    const { counters } = await client.open(scope);
    await expect(counters.add(state, { requestId: "x" })).rejects.toMatchObject({
      code: "protocol",
      message: expect.stringContaining('"seq" is "1"'),
    });
  });

  test("values over 32 KiB on the wire are refused here, and the connection serves on [124]", async () => {
    await using service = await serve({ extension: false, maxFrameBytes: 32_768 });
    await using client = await openStore(service.url);
    const { logs } = await client.open(scope);
    const large = ["x".repeat(32_768), '"'.repeat(10_000), "<".repeat(5_000)];
    for (const value of large) {
      const append = logs.append(own, JSON.stringify(value), { requestId: "x" });
      await expect(append).rejects.toMatchObject({ code: "too-large" });
    }
    await expect(logs.append(own, "{", { requestId: "x" })).rejects.toMatchObject({
      code: "invalid-payload",
    });
    const largest = JSON.stringify("x".repeat(32_000));
    expect(await logs.append(own, largest, { requestId: "x" })).toBe(1);
    expect(await logs.collect(own, 1)).toEqual([{ seq: 1, json: largest }]);
  });

  test("closing a namespace ends its waits and leaves the store open", async () => {
    await using service = await serve({ extension: false });
    await using client = await openStore(service.url);
    const [a, b] = [await client.open(scope), await client.open(scope)];
    const wait = a.counters.reach(state, 1);
    await a.close();
    await expect(wait).rejects.toMatchObject({ code: "closed" });
    expect(await b.counters.add(state, { requestId: "x" })).toBe(1);
    await b.counters.reach(state, 1);
  });

  test("a silent connection is kept by open barriers", async () => {
    const asked = new Map<number, () => void>();
    const thirdAsked = new Promise<void>((resolve) => asked.set(3, resolve));
    await using service = await actor(({ id }, socket) => {
      reply(socket, { id });
      asked.get(service.frames.length)?.();
    });
    await using _ = await ServiceStore.connect(service.url, {}, { keepAliveMs: 10 });
    await thirdAsked;
    for (const frame of service.frames) expect(frame).toMatchObject({ barrier: { target: 0 } });
  });
});
