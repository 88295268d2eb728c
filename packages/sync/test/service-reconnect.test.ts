import { randomUUID } from "node:crypto";
import {
  MemoryStore,
  type Namespace,
  openStore,
  type Scope,
  StateLostError,
} from "@groundplan/sync";
import { type SyncService, serveSync } from "@groundplan/sync/service";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ServiceStore } from "../src/service/store.ts";
import { take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { RawClient, signal } from "./raw-client.ts";
import { sharedRedis } from "./redis-server.ts";

const scope: Scope = { run: "r", plan: "p", case: "c" };
const state = { kind: "state", name: "s" } as const;
const topic = { kind: "topic", name: "t" } as const;
const disk = { capacity: 1, permits: 1 } as const;
let memory: MemoryStore;
let service: SyncService;
let proxy: FaultProxy;
let store: ServiceStore;
let ours: Namespace;
let theirs: Namespace;

beforeEach(async () => {
  memory = new MemoryStore();
  service = await serveSync(memory, { port: 0 });
  proxy = await FaultProxy.start(service.port);
  store = await ServiceStore.connect(proxy.serviceUrl, {}, { heartbeatMs: 250 });
  ours = await store.open(scope);
  theirs = await memory.open(scope);
});

afterEach(async () => {
  await store.close();
  await proxy[Symbol.asyncDispose]();
  await service.close();
  await memory.close();
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const seqs = (entries: readonly { readonly seq: number }[]): number[] =>
  entries.map(({ seq }) => seq);

describe("after a lost connection to Groundplan's service", () => {
  test("a signal whose answer was lost is sent again, and counts once [126]", async () => {
    proxy.commitThenDrop();
    expect(await ours.counters.add(state, { requestId: "a" })).toBe(1);
    expect(proxy.lostReplies).toBe(1);
    expect(await theirs.counters.read(state)).toBe(1);
    expect(await ours.counters.add(state, { requestId: "b" })).toBe(2);
  });

  test("every kind of write whose answer was lost counts once", async () => {
    const queue = { capacity: 9, maxDeliveries: 3 };
    const put = { shape: queue, id: "i", json: "1", priority: 0, delayMs: 0, requestId: "q" };
    const writes: readonly (() => Promise<unknown>)[] = [
      () => ours.logs.append(topic, "1", { requestId: "l" }),
      () => ours.registers.add("r", 5, { requestId: "r" }),
      () => ours.registers.write("w", "1", { requestId: "w", ifVersion: 0 }),
      () => ours.queues.put("q", put),
      () => ours.counters.addAndReach(state, 1, { requestId: "s" }),
      () => ours.records.write("set", { a: "1" }),
      () => ours.counters.declare(state, 3, { requestId: "d" }),
    ];
    const answers: unknown[] = [];
    for (const write of writes) {
      proxy.commitThenDrop();
      answers.push(await write());
    }
    expect(answers).toEqual([1, 5, { version: 1 }, { type: "added" }, 1, undefined, undefined]);
    expect(proxy.lostReplies).toBe(writes.length);
    expect(await theirs.logs.snapshot(topic)).toHaveLength(1);
    expect(await theirs.registers.read("r")).toMatchObject({ json: "5", version: 1 });
    expect(await theirs.queues.inspect("q")).toMatchObject({ ready: 1 });
    expect(await theirs.counters.read(state)).toBe(1);
  });

  test("a wait goes on, and so do those that are shared and those that follow an addition", async () => {
    const waits = [
      ours.counters.reach(state, 2),
      ours.counters.reach(state, 2),
      ours.counters.addAndReach(state, 2, { requestId: "a" }),
      ours.logs.collect(topic, 2),
    ];
    await ours.counters.read(state);
    proxy.cut();
    await theirs.counters.add(state, { requestId: "b" });
    for (const n of [1, 2]) await theirs.logs.append(topic, `${n}`, { requestId: `${n}` });
    const [, , seq, entries] = await Promise.all(waits);
    expect(seq).toBe(1);
    expect(entries).toEqual([
      { seq: 1, json: "1" },
      { seq: 2, json: "2" },
    ]);
  });

  test("a reader gets every entry once and in order, however often the connection is cut", async () => {
    const count = 400;
    const readers = Promise.all([
      take(ours.logs.read(topic), count),
      take(ours.logs.read(topic, { after: 100 }), count - 100),
    ]);
    for (const n of numbers(count)) {
      await theirs.logs.append(topic, `${n}`, { requestId: `${n}` });
      if (n % 40 === 0) {
        proxy.cut();
        await ours.counters.read(state);
      }
    }
    const [all, late] = await readers;
    expect(seqs(all)).toEqual(numbers(count));
    expect(all.map(({ json }) => Number(json))).toEqual(numbers(count));
    expect(seqs(late)).toEqual(numbers(count).slice(100));
  });

  test("what was asked meanwhile is asked in its order", async () => {
    await proxy.refuse(0);
    const writes = numbers(50).map((n) => ours.logs.append(topic, `${n}`, { requestId: `${n}` }));
    expect(await Promise.all(writes)).toEqual(numbers(50));
    expect((await theirs.logs.snapshot(topic)).map(({ json }) => Number(json))).toEqual(
      numbers(50),
    );
  });

  test("a wait ends at its deadline and with its signal while there is no connection", async () => {
    void proxy.refuse();
    const stop = new AbortController();
    const aborted = ours.counters.reach(state, 1, { signal: stop.signal });
    const late = ours.counters.reach(state, 2, { timeoutMs: 50 });
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(late).rejects.toMatchObject({ code: "timeout" });
  });

  test("a session lives on, and what it holds is still held", async () => {
    const grant = await ours.claims.acquire("disk", { ...disk, requestId: ours.requestId() });
    const { id, lost } = await ours.session();
    proxy.cut();
    await ours.counters.read(state);
    expect((await ours.session()).id).toBe(id);
    expect(lost.aborted).toBe(false);
    const other = theirs.claims.tryAcquire("disk", { ...disk, requestId: "other" });
    expect(await other).toBeUndefined();
    expect(await ours.claims.release(grant, { requestId: ours.requestId() })).toBe(true);
  });

  test("a claim that waits keeps its place in the queue, and is granted once", async () => {
    const held = await theirs.claims.acquire("disk", { ...disk, requestId: "held" });
    const first = ours.claims.acquire("disk", { ...disk, requestId: "first" });
    await expect.poll(async () => (await theirs.claims.inspect("disk")).queue).toHaveLength(1);
    const second = theirs.claims.acquire("disk", { ...disk, requestId: "second" });
    await expect.poll(async () => (await theirs.claims.inspect("disk")).queue).toHaveLength(2);
    proxy.cut();
    await theirs.claims.release(held, { requestId: "give" });
    const grant = await first;
    expect((await theirs.claims.inspect("disk")).holders).toMatchObject([{ requestId: "first" }]);
    await ours.claims.release(grant, { requestId: "back" });
    expect((await second).token.n).toBeGreaterThan(grant.token.n);
  });

  test("a claim that was granted without its caller's hearing of it is that caller's", async () => {
    await ours.session();
    proxy.commitThenDrop();
    const grant = await ours.claims.acquire("disk", { ...disk, requestId: "mine" });
    expect(proxy.lostReplies).toBe(1);
    const { holders, queue } = await theirs.claims.inspect("disk");
    expect(holders).toMatchObject([{ requestId: "mine", token: grant.token }]);
    expect(queue).toEqual([]);
  });

  test("a claim that its caller gave up meanwhile is withdrawn", async () => {
    const held = await theirs.claims.acquire("disk", { ...disk, requestId: "held" });
    const given = ours.claims.acquire("disk", { ...disk, requestId: "given", timeoutMs: 400 });
    await expect.poll(async () => (await theirs.claims.inspect("disk")).queue).toHaveLength(1);
    const away = proxy.refuse(2_000);
    await expect(given).rejects.toMatchObject({ code: "timeout" });
    await theirs.claims.release(held, { requestId: "give" });
    await away;
    await expect.poll(async () => (await theirs.claims.inspect("disk")).holders).toEqual([]);
    expect(await theirs.claims.tryAcquire("disk", { ...disk, requestId: "next" })).toBeDefined();
  });

  test("a grant that is lost meanwhile is told of", async () => {
    const grant = await ours.claims.acquire("disk", {
      ...disk,
      requestId: "mine",
      leaseMs: 300,
    });
    await proxy.refuse(600);
    if (!grant.lost.aborted) await new Promise((resolve) => (grant.lost.onabort = resolve));
    expect(grant.lost.aborted).toBe(true);
  });
});

describe("a session", () => {
  test("that was not heard of for too long is lost, for its owner and for the store", async () => {
    await using own = await store.open({ ...scope, run: "short" }, { sessionTtlMs: 400 });
    const seen = await memory.open({ ...scope, run: "short" });
    const grant = await own.claims.acquire("disk", { ...disk, requestId: "mine" });
    await proxy.refuse(1_500);
    await expect.poll(() => grant.lost.reason).toMatchObject({ code: "session-lost" });
    await expect.poll(async () => (await seen.claims.inspect("disk")).holders).toEqual([]);
    expect(await own.claims.acquire("disk", { ...disk, requestId: "anew" })).toBeDefined();
  });

  test("of a client that closes ends at once", async () => {
    const other = await openStore(service.url);
    const run = await other.open(scope);
    await run.claims.acquire("disk", { ...disk, requestId: "mine" });
    await other.close();
    const next = await theirs.claims.acquire("disk", {
      ...disk,
      requestId: "next",
      timeoutMs: 10_000,
    });
    expect(next.requestId).toBe("next");
  });

  test("of a client that is gone ends after its time", async () => {
    const gone = await RawClient.connect(service.url);
    gone.send({ id: "0", hello: { version: 2, client: "gone" } });
    gone.send({ id: "1", call: { op: "open", scope, handle: "1", sessionTtlMs: 15_000 } });
    await gone.nextFrames(2);
    gone.send({ id: "2", call: { op: "session.open", run: "1", ttlMs: 500 } });
    const { result: session } = (await gone.nextFrame()) as unknown as { result: string };
    const claim = { name: "disk", ...disk, session, requestId: "gone" };
    gone.send({ id: "3", call: { op: "claims.acquire", run: "1", ...claim } });
    await gone.nextFrame();
    gone.socket.terminate();
    await expect.poll(async () => (await theirs.claims.inspect("disk")).holders).toEqual([]);
  });
});

describe("a connection that is dead without being closed", () => {
  test("is noticed and replaced, and nothing is lost by it", async () => {
    const entries = take(ours.logs.read(topic), 2);
    await ours.counters.read(state);
    await theirs.logs.append(topic, "1", { requestId: "1" });
    proxy.blackhole("established");
    await theirs.logs.append(topic, "2", { requestId: "2" });
    expect(await ours.counters.add(state, { requestId: "a" })).toBe(1);
    expect(seqs(await entries)).toEqual([1, 2]);
    expect(proxy.connections).toBe(2);
  });

  test("leaves its place in the service to the next", async () => {
    const { id } = await ours.session();
    proxy.blackhole("established");
    expect(await ours.counters.add(state, { requestId: "a" })).toBe(1);
    expect((await ours.session()).id).toBe(id);
    await expect.poll(() => service.connections).toBe(1);
  });
});

describe("a service that was restarted", () => {
  const restart = async (backing = memory): Promise<void> => {
    const { port } = service;
    await service.close();
    service = await serveSync(backing, { port });
  };

  test("on the state it had goes on, without the sessions it kept", async () => {
    await ours.counters.add(state, { requestId: "a" });
    const grant = await ours.claims.acquire("disk", { ...disk, requestId: "mine" });
    const wait = ours.counters.reach(state, 3);
    await restart();
    expect(await ours.counters.add(state, { requestId: "b" })).toBe(2);
    await theirs.counters.add(state, { requestId: "c" });
    await wait;
    await expect.poll(() => grant.lost.reason).toMatchObject({ code: "session-lost" });
  });

  test("with an empty memory has lost the run: everything asked of it says so, then and later", async () => {
    await ours.counters.add(state, { requestId: "a" });
    const session = await ours.session();
    const waits = [ours.counters.reach(state, 3), take(ours.logs.read(topic), 1)];
    const ended = Promise.allSettled(waits);
    const empty = new MemoryStore();
    await restart(empty);
    for (const result of await ended) {
      expect(result).toMatchObject({ reason: { code: "state-lost" } });
      expect(result).toMatchObject({ reason: expect.any(StateLostError) });
    }
    await expect(ours.counters.read(state)).rejects.toMatchObject({ code: "state-lost" });
    expect(session.lost.reason).toMatchObject({ code: "state-lost" });
    const fresh = await store.open({ ...scope, run: "another" });
    expect(await fresh.counters.add(state, { requestId: "a" })).toBe(1);
    await fresh.close();
    await empty.close();
  });

  test("on the same Redis goes on", async () => {
    await using redis = await openStore(sharedRedis());
    await using first = await serveSync(redis, { port: 0 });
    await using client = await openStore(first.url);
    const run = await client.open({ ...scope, run: randomUUID() });
    expect(await run.counters.add(state, { requestId: "a" })).toBe(1);
    const entries = take(run.logs.read(topic), 2);
    await run.logs.append(topic, "1", { requestId: "1" });
    await first.close();
    await using again = await serveSync(redis, { port: first.port });
    expect(again.port).toBe(first.port);
    expect(await run.counters.add(state, { requestId: "b" })).toBe(2);
    await run.logs.append(topic, "2", { requestId: "2" });
    expect(seqs(await entries)).toEqual([1, 2]);
    await run.drop();
  });

  test("that stays away ends everything once patience is over, saying how often it was tried to reach", async () => {
    await using impatient = await openStore(`${service.url}?reconnectMs=300`);
    const run = await impatient.open(scope);
    const wait = run.counters.reach(state, 1);
    const ended = expect(wait).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/was lost.*could not be made again within 300 ms; last: .*/),
    });
    await service.close();
    await ended;
    await expect(run.counters.read(state)).rejects.toMatchObject({ code: "connection" });
  });
});

describe("the status", () => {
  const follow = (): { seen: string[]; ended: Promise<void> } => {
    const seen: string[] = [];
    const ended = (async () => {
      for await (const status of store.status()) seen.push(status);
    })();
    return { seen, ended };
  };

  test("is doubtful once an outage, however often the connection comes and goes", async () => {
    const { seen, ended } = follow();
    for (let n = 0; n < 5; n++) {
      proxy.cut();
      await ours.counters.read(state);
    }
    await expect.poll(() => seen).toEqual(["connected", "doubtful", "connected"]);
    await store.close();
    await ended;
    expect(seen.at(-1)).toBe("closed");
  });

  test("is lost when a session was, and connected after that", async () => {
    const { seen } = follow();
    const own = await store.open({ ...scope, run: "short" }, { sessionTtlMs: 400 });
    await own.session();
    await proxy.refuse(1_500);
    const all = ["connected", "doubtful", "lost", "connected"];
    await expect.poll(() => seen).toEqual(all);
  });
});

describe("closing", () => {
  test("while the connection is made again ends everything and leaves nothing behind", async () => {
    void proxy.refuse();
    const wait = ours.counters.reach(state, 1);
    const ended = expect(wait).rejects.toMatchObject({ code: "closed" });
    await expect.poll(() => proxy.connections).toBeGreaterThan(2);
    await store.close();
    await ended;
    const tried = proxy.connections;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(proxy.connections).toBe(tried);
    await expect(ours.counters.read(state)).rejects.toMatchObject({ code: "closed" });
  });

  test("a run while there is no connection lets go of it in the service later on", async () => {
    const open = vi.spyOn(memory, "open");
    const run = await store.open({ ...scope, run: "other" });
    await run.session();
    const behind: Namespace = await open.mock.results[0]?.value;
    const away = proxy.refuse(1_500);
    await run.close();
    await away;
    const wait = behind.counters.reach(state, 1);
    await expect(wait).rejects.toMatchObject({ code: "closed" });
  });

  test("a drop that was carried out without its caller's hearing of it is done", async () => {
    await ours.counters.add(state, { requestId: "a" });
    proxy.commitThenDrop();
    await ours.drop();
    await expect(theirs.counters.read(state)).rejects.toMatchObject({ code: "state-lost" });
  });
});

describe("with a service that speaks Testground's protocol only", () => {
  let plain: SyncService;
  let network: FaultProxy;

  beforeEach(async () => {
    plain = await serveSync(memory, { port: 0, extension: false });
    network = await FaultProxy.start(plain.port);
  });

  afterEach(async () => {
    await network[Symbol.asyncDispose]();
    await plain.close();
  });

  test("a write without an answer has an unknown outcome, and is not sent again [126]", async () => {
    await using client = await openStore(`${network.serviceUrl}?afterReconnect=continue`);
    const run = await client.open(scope);
    network.commitThenDrop();
    await expect(run.counters.add(state, { requestId: "a" })).rejects.toMatchObject({
      code: "outcome-unknown",
      cause: { code: "connection" },
    });
    expect(await theirs.counters.read(state)).toBe(1);
    // Answered on another connection.
    await run.counters.reach(state, 1);
    network.commitThenDrop();
    await expect(run.logs.append(topic, "1", { requestId: "b" })).rejects.toMatchObject({
      code: "outcome-unknown",
    });
    expect(await run.counters.add(state, { requestId: "c" })).toBe(2);
    expect(await run.logs.append(topic, "2", { requestId: "d" })).toBe(2);
  });

  test("what waits ends with state-lost once the service is there again, and so does what comes later", async () => {
    await using client = await openStore(network.serviceUrl);
    const run = await client.open(scope);
    const waits = [run.counters.reach(state, 1), take(run.logs.read(topic), 1)];
    const ended = Promise.allSettled(waits);
    network.cut();
    for (const result of await ended) {
      expect(result).toMatchObject({
        reason: {
          code: "state-lost",
          message: expect.stringContaining("afterReconnect=continue"),
        },
      });
    }
    await expect(run.counters.add(state, { requestId: "a" })).rejects.toBeInstanceOf(
      StateLostError,
    );
  });

  test("told to continue, barriers are set again and topics are read on from the last entry [125]", async () => {
    await using client = await openStore(`${network.serviceUrl}?afterReconnect=continue`);
    const run = await client.open(scope);
    const wait = run.counters.reach(state, 2);
    const readers = Promise.all([
      take(run.logs.read(topic), 60),
      take(run.logs.read(topic, { after: 10 }), 50),
    ]);
    for (const n of numbers(60)) {
      await theirs.logs.append(topic, `${n}`, { requestId: `${n}` });
      if (n % 20 !== 0) continue;
      network.cut();
      await run.logs.collect({ kind: "topic", name: "t" }, n);
    }
    const [all, late] = await readers;
    expect(seqs(all)).toEqual(numbers(60));
    expect(all.map(({ json }) => Number(json))).toEqual(numbers(60));
    expect(late.map(({ json }) => Number(json))).toEqual(numbers(60).slice(10));
    await using other = await RawClient.connect(plain.url);
    for (const id of ["1", "2"]) other.send(signal(id, "run:r:plan:p:case:c:states:s"));
    await wait;
  });

  test("another kind of service at the same address is not taken for it", async () => {
    const { port } = plain;
    await using client = await openStore(`${plain.url}?afterReconnect=continue`);
    const run = await client.open(scope);
    const wait = run.counters.reach(state, 1);
    const ended = expect(wait).rejects.toMatchObject({ code: "protocol" });
    await plain.close();
    plain = await serveSync(memory, { port });
    await ended;
  });
});

test("parameters of the URL that mean nothing are refused", async () => {
  const wrong = ["?x=1", "?reconnectMs=soon", "?afterReconnect=hope"];
  for (const query of wrong) {
    await expect(openStore(`${service.url}${query}`)).rejects.toMatchObject({ code: "range" });
  }
});
