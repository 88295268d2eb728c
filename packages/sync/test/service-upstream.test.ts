import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MemoryStore, type Namespace, openStore, type Scope, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGo } from "../../../test/interop/go-program.ts";
import { conformance, take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { barrier, publish, RawClient, signal, subscribe } from "./raw-client.ts";

const PROGRAM = join(import.meta.dirname, "../../../test/interop/go/sync-service");

/** Testground's own sync service, if there is a Go to build it with. */
const executable = await buildGo(PROGRAM);

class UpstreamService implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;

  static async start(port = 0): Promise<UpstreamService> {
    if (executable === undefined) throw new Error("Testground's sync service was not built");
    const child = spawn(executable, [`${port}`], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = await once(createInterface(child.stdout), "line");
    return new UpstreamService(child, Number(line));
  }

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }
}

const NOT_IN_PROTOCOL = "Testground's protocol has no request for it";

const anew = (): Scope => ({ run: randomUUID(), plan: "plan", case: "case" });
const state = { kind: "state", name: "s" } as const;
const topic = { kind: "topic", name: "t" } as const;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Milliseconds from a publish to its delivery to another client: the median of 40. */
async function latency(url: string): Promise<number> {
  await using reader = await RawClient.connect(url);
  await using writer = await RawClient.connect(url);
  const key = randomUUID();
  reader.send(subscribe("s", key));
  const times: number[] = [];
  for (let n = 1; n <= 40; n++) {
    const began = performance.now();
    writer.send(publish(`${n}`, key, n));
    await Promise.all([reader.nextFrame(), writer.nextFrame()]);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[20] ?? 0;
}

describe.skipIf(executable === undefined)("with Testground's own sync service", () => {
  conformance("ServiceStore on Testground's sync service", async () => {
    const service = await UpstreamService.start();
    return {
      open: () => openStore(service.url),
      close: () => service[Symbol.asyncDispose](),
    };
  }, [
    { feature: "requestIds", reason: "a signal or publish carries no id that outlives its answer" },
    { feature: "epoch", reason: NOT_IN_PROTOCOL },
    { feature: "records", reason: NOT_IN_PROTOCOL },
    { feature: "drop", reason: NOT_IN_PROTOCOL },
    { feature: "targets", reason: NOT_IN_PROTOCOL },
    { feature: "registers", reason: NOT_IN_PROTOCOL },
    { feature: "rates", reason: NOT_IN_PROTOCOL },
    { feature: "queues", reason: NOT_IN_PROTOCOL },
    { feature: "sessions", reason: NOT_IN_PROTOCOL },
    { feature: "claims", reason: NOT_IN_PROTOCOL },
    { feature: "groups", reason: NOT_IN_PROTOCOL },
  ]);

  let service: UpstreamService;
  let network: FaultProxy;

  beforeAll(async () => {
    service = await UpstreamService.start();
    network = await FaultProxy.start(service.port);
  });

  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  const open = async (query = ""): Promise<readonly [AsyncDisposable, Namespace]> => {
    const store = await openStore(`${network.serviceUrl}${query}`);
    return [store, await store.open(anew())];
  };

  test("the greeting is answered in one round trip, and what it does not carry is said [122]", async () => {
    await using store = await openStore(service.url);
    expect([...store.features].sort()).toEqual(["counters", "logs"]);
    const run = await store.open(anew());
    await expect(run.registers.read("r")).rejects.toMatchObject({ code: "unsupported" });
  });

  test("pipelined operations give the same results whatever order it takes them in [123]", async () => {
    await using store = await openStore(service.url);
    const scope = anew();
    const clients = await Promise.all(
      numbers(20).map(async () => new SyncClient(await store.open(scope))),
    );
    const seqs = await Promise.all(clients.map((client) => client.signalAndWait("all", 20)));
    expect(seqs.sort((a, b) => a - b)).toEqual(numbers(20));
  });

  test("the largest value that is accepted comes back whole, and one more byte is refused here [124]", async () => {
    const [store, run] = await open();
    await using _ = store;
    const reader = take(run.logs.read(topic), 1);
    const fits = (length: number): string => JSON.stringify("x".repeat(length));
    let length = 30_000;
    const steps = [2_048, 1_024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1];
    for (const [i, step] of steps.entries()) {
      // A name as long as that of the topic in the end.
      const other = { kind: "topic", name: "abcdefghijkl".charAt(i) } as const;
      const append = run.logs.append(other, fits(length + step), { requestId: `${step}` });
      const isTaken = await append.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: "too-large" });
          return false;
        },
      );
      if (isTaken) length += step;
    }
    expect(await run.logs.append(topic, fits(length), { requestId: "l" })).toBe(1);
    expect((await reader)[0]?.json).toBe(fits(length));
    expect(network.connections).toBe(1);
  });

  test("a write without an answer has an unknown outcome [126]", async () => {
    const [store, run] = await open("?afterReconnect=continue");
    await using _ = store;
    network.commitThenDrop();
    await expect(run.counters.add(state, { requestId: "a" })).rejects.toMatchObject({
      code: "outcome-unknown",
    });
    // It was counted, and not sent again.
    expect(await run.counters.add(state, { requestId: "b" })).toBe(2);
  });

  test("a lost connection is the loss of the state, unless told to continue", async () => {
    const [store, run] = await open();
    await using _ = store;
    const wait = run.counters.reach(state, 1);
    const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
    await run.counters.add({ kind: "state", name: "other" }, { requestId: "a" });
    network.cut();
    await ended;
  });

  test("told to continue, barriers and topics go on: nothing lost, nothing twice [125]", async () => {
    const [store, run] = await open("?afterReconnect=continue");
    await using _ = store;
    const other = await openStore(service.url);
    const writer = await other.open(run.scope);
    const wait = run.counters.reach(state, 2);
    const reader = take(run.logs.read(topic), 90);
    for (const n of numbers(90)) {
      await writer.logs.append(topic, `${n}`, { requestId: `${n}` });
      if (n % 30 !== 0) continue;
      await run.logs.collect(topic, n);
      network.cut();
    }
    expect((await reader).map(({ json }) => Number(json))).toEqual(numbers(90));
    for (const requestId of ["a", "b"]) await writer.counters.add(state, { requestId });
    await wait;
    await other.close();
  });

  test("a connection that is dead without being closed is noticed: it answers pings", async () => {
    const [store, run] = await open("?afterReconnect=continue");
    await using _ = store;
    const wait = run.counters.reach(state, 1);
    await run.counters.add({ kind: "state", name: "other" }, { requestId: "a" });
    const before = network.connections;
    network.blackhole("established");
    await expect.poll(() => network.connections).toBeGreaterThan(before);
    await using other = await openStore(service.url);
    await (await other.open(run.scope)).counters.add(state, { requestId: "b" });
    await wait;
  });

  test("a service that was restarted is met again with nothing in it, and that is said", async () => {
    const first = await UpstreamService.start();
    await using store = await openStore(first.url);
    const run = await store.open(anew());
    await run.counters.add(state, { requestId: "a" });
    const wait = run.counters.reach(state, 2);
    const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
    await first[Symbol.asyncDispose]();
    await using _ = await UpstreamService.start(first.port);
    await ended;
  });

  test("entries come at once from Groundplan's service, and with a tick of 100 ms from this one", async () => {
    const memory = new MemoryStore();
    await using ours = await serveSync(memory, { port: 0 });
    const [theirs, own] = [await latency(service.url), await latency(ours.url)];
    expect(own).toBeLessThan(theirs);
    expect(theirs).toBeGreaterThan(20);
    await memory.close();
  });

  test("a cancel gets no response from it, and does not cancel", async () => {
    await using client = await RawClient.connect(service.url);
    const key = randomUUID();
    client.send(subscribe("s", key));
    client.send(publish("0", key, 1));
    await client.nextFrames(2);
    client.send({ id: "s", is_cancel: true });
    client.send({ id: "x", is_cancel: true });
    client.send(publish("1", key, 2));
    const frames = await client.nextFrames(2);
    expect(frames.map(({ id }) => id).sort()).toEqual(["1", "s"]);
  });

  test("its frames are those of Groundplan's service", async () => {
    await using client = await RawClient.connect(service.url);
    const key = randomUUID();
    const answers: string[] = [];
    const requests = [
      publish("0", key, { a: 1 }),
      signal("1", key),
      barrier("2", key, 1),
      barrier("3", key, -1),
      barrier("4", key, null),
      subscribe("5", key),
    ];
    for (const request of requests) {
      client.send(request);
      answers.push(await client.next());
    }
    expect(answers).toEqual([
      '{"id":"0","error":"","publish":{"seq":1},"subscribe":"","signal_entry":null}\n',
      '{"id":"1","error":"","publish":null,"subscribe":"","signal_entry":{"seq":1}}\n',
      '{"id":"2","error":"","publish":null,"subscribe":"","signal_entry":null}\n',
      '{"id":"3","error":"","publish":null,"subscribe":"","signal_entry":null}\n',
      '{"id":"4","error":"","publish":null,"subscribe":"","signal_entry":null}\n',
      '{"id":"5","error":"","publish":null,"subscribe":"{\\"a\\":1}","signal_entry":null}\n',
    ]);
    client.send("{");
    expect(await client.closed).toBe(1007);
  });
});
