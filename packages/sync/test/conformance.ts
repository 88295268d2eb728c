import { randomUUID } from "node:crypto";
import {
  type Feature,
  type Namespace,
  type Scope,
  type Store,
  SyncClient,
  topic,
} from "@groundplan/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

export interface Subject {
  /** Another store, as another process would open it, on the same shared state. */
  open(): Promise<Store>;
  close(): Promise<void>;
}

/** Asks a store for what it needs the feature for. */
const refusals: Partial<Record<Feature, (namespace: Namespace) => Promise<unknown>>> = {
  requestIds: ({ counters }) => counters.contributors({ kind: "own", name: "c" }),
  records: ({ records }) => records.read("progress"),
  drop: (namespace) => namespace.drop(),
  targets: ({ counters }) => counters.reach({ kind: "own", name: "c" }, "declared"),
  registers: ({ registers }) => registers.read("r"),
  queues: ({ queues }) => queues.inspect("q"),
  rates: ({ rates }) => rates.reserve("r", { requestId: "1", permits: 1 }),
  sessions: (namespace) => namespace.session(),
  claims: ({ claims }) => claims.inspect("c"),
  groups: ({ groups }) => groups.view("g"),
};

/** The behaviours that every store must have, on real shared state seen from two stores at once. */
export function conformance(
  name: string,
  start: () => Promise<Subject>,
  lacks: readonly { readonly feature: Feature; readonly reason: string }[] = [],
): void {
  describe(`${name}: conformance`, () => {
    let subject: Subject;
    let here: Store;
    let there: Store;
    const missing = lacks.map(({ feature }) => feature);
    /** For what a store without the feature refuses, which has a test of its own. */
    const testWith = (feature: Feature, title: string, body: () => Promise<void>): void => {
      if (!missing.includes(feature)) test(title, body);
    };

    beforeAll(async () => {
      subject = await start();
      here = await subject.open();
      there = await subject.open();
    });
    afterAll(async () => {
      await here.close();
      await there.close();
      await subject.close();
    });

    const scope = (): Scope => ({ run: randomUUID(), plan: "plan", case: "case" });
    const pair = async (of: Scope = scope()): Promise<[Namespace, Namespace]> => [
      await here.open(of),
      await there.open(of),
    ];
    const clients = async (of: Scope = scope()): Promise<[SyncClient, SyncClient]> => {
      const [a, b] = await pair(of);
      return [new SyncClient(a), new SyncClient(b)];
    };

    test("it says which features it lacks", () => {
      const all: Feature[] = [
        "counters",
        "logs",
        "requestIds",
        "epoch",
        "records",
        "drop",
        "targets",
        "registers",
        "rates",
        "queues",
        "sessions",
        "claims",
        "groups",
      ];
      expect([...here.features].sort()).toEqual(all.filter((f) => !missing.includes(f)).sort());
    });

    for (const { feature, reason } of lacks.filter((lack) => lack.feature in refusals)) {
      test(`it refuses what needs ${feature} by name: ${reason}`, async () => {
        const [a] = await pair();
        const refusal = refusals[feature]?.(a);
        await expect(refusal).rejects.toMatchObject({ name: "UnsupportedPrimitiveError" });
      });
    }

    describe("states and barriers", () => {
      test("signals are numbered from 1, densely, across processes", async () => {
        const [a, b] = await clients();
        const seqs = await Promise.all(
          Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).signalEntry("s")),
        );
        expect(seqs.sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      });

      test("a barrier opens for every waiter when the last signal is given, and for none before", async () => {
        const [a, b] = await clients();
        let opened = 0;
        const waits = [a, b, a].map((c) => c.barrier("s", 3).then(() => opened++));
        await a.signalEntry("s");
        await b.signalEntry("s");
        await a.signalEntry("other");
        expect(opened).toBe(0);
        await b.signalEntry("s");
        await Promise.all(waits);
        expect(opened).toBe(3);
      });

      test("a barrier beyond its target opens at once [121]", async () => {
        const [a, b] = await clients();
        await a.signalEntry("s");
        await a.signalEntry("s");
        await b.barrier("s", 1);
      });

      test("different targets on one state open independently [75]", async () => {
        const [a, b] = await clients();
        const open: number[] = [];
        const waits = new Map(
          [3, 1, 2].map((n) => [n, a.barrier("s", n).then(() => open.push(n))]),
        );
        for (const n of [1, 2, 3]) {
          await b.signalEntry("s");
          await waits.get(n);
          expect(open).toHaveLength(n);
        }
        expect(open).toEqual([1, 2, 3]);
      });

      test("target 0 opens at once and creates no state [119]", async () => {
        const [a] = await clients();
        await a.barrier("s", 0);
        expect(await a.signalEntry("s")).toBe(1);
      });

      test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
        "target %s is refused",
        async (target) => {
          const [a] = await clients();
          await expect(a.barrier("s", target)).rejects.toMatchObject({ code: "range" });
        },
      );

      test("signalAndWait releases all together, each with its own number", async () => {
        const [a, b] = await clients();
        const seqs = await Promise.all([a, b, a, b].map((c) => c.signalAndWait("s", 4)));
        expect(seqs.sort()).toEqual([1, 2, 3, 4]);
      });

      test("a wait that runs out of time says how far the state got", async () => {
        const [a] = await clients();
        await a.signalEntry("ready");
        const late = a.barrier("ready", 3, { timeoutMs: 50 });
        await expect(late).rejects.toMatchObject({
          code: "timeout",
          message: expect.stringMatching(/state "ready".* of 3 after 50 ms/),
        });
      });

      test("a wait ends with the reason of the caller's signal, also one that had aborted before", async () => {
        const [a] = await clients();
        const stop = new AbortController();
        const wait = a.barrier("s", 2, { signal: stop.signal });
        stop.abort(new Error("enough"));
        await expect(wait).rejects.toThrow("enough");
        await expect(a.barrier("s", 2, { signal: stop.signal })).rejects.toThrow("enough");
      });

      test("runs, plans and cases do not see each other's states", async () => {
        const of = scope();
        const [a] = await clients(of);
        await a.signalEntry("s");
        for (const part of ["run", "plan", "case"] as const) {
          const [other] = await clients({ ...of, [part]: `${of[part]}:x` });
          expect(await other.signalEntry("s")).toBe(1);
        }
      });

      test("names may hold colons, braces, stars, spaces and any letter [137]", async () => {
        const [a, b] = await clients();
        for (const name of ["a:b", "{tag}", "*", "two words", "日本", "states:x"]) {
          const wait = a.barrier(name, 1);
          expect(await b.signalEntry(name)).toBe(1);
          await wait;
        }
      });

      test("an empty or endless name is refused", async () => {
        const [a] = await clients();
        await expect(a.signalEntry("")).rejects.toMatchObject({ code: "range" });
        await expect(a.signalEntry("x".repeat(600))).rejects.toMatchObject({ code: "range" });
      });

      testWith("requestIds", "a write repeated with its request id counts once", async () => {
        const [a, b] = await pair();
        const key = { kind: "own", name: "c" } as const;
        expect(await a.counters.add(key, { requestId: "x" })).toBe(1);
        expect(await b.counters.add(key, { requestId: "y" })).toBe(2);
        expect(await b.counters.add(key, { requestId: "x" })).toBe(1);
        expect(await a.counters.read(key)).toBe(2);
        expect([...(await a.counters.contributors(key))].sort()).toEqual(["x", "y"]);
      });

      test("500 waiters in one process are released together", async () => {
        const [a, b] = await clients();
        const waits = Promise.all(Array.from({ length: 500 }, () => a.signalAndWait("s", 501)));
        await b.signalAndWait("s", 501);
        expect(new Set(await waits).size).toBe(500);
      });
    });

    describe("topics", () => {
      test("a late subscriber gets every entry from the first, in order, once [93]", async () => {
        const [a, b] = await clients();
        const numbers = topic<number>("numbers");
        for (let i = 1; i <= 200; i++) expect(await a.publish(numbers, i)).toBe(i);
        expect(await take(b.subscribe(numbers), 200)).toEqual(
          Array.from({ length: 200 }, (_, i) => i + 1),
        );
      });

      test("a subscriber that was first gets concurrent entries of several publishers, all, in one order [120]", async () => {
        const [a, b] = await clients();
        const reads = [a, b].map((c) => take(c.subscribe<string>("t"), 300));
        const seqs = await Promise.all(
          Array.from({ length: 300 }, (_, i) => (i % 2 ? a : b).publish("t", `v${i}`)),
        );
        const [one, two] = await Promise.all(reads);
        expect(new Set(seqs).size).toBe(300);
        expect(one).toEqual(two);
        expect(new Set(one).size).toBe(300);
      });

      test("entries published while a subscriber is busy are not missed", async () => {
        const [a, b] = await clients();
        const seen: number[] = [];
        for await (const value of b.subscribe<number>("t", {
          ...(await prime(a)),
          timeoutMs: 5_000,
        })) {
          seen.push(value);
          if (value === 5) break;
          await a.publish("t", value + 1);
        }
        expect(seen).toEqual([1, 2, 3, 4, 5]);
      });

      test("publishSubscribe shows the caller its own entry", async () => {
        const [a] = await clients();
        const { seq, entries } = await a.publishSubscribe("t", { me: 1 });
        expect(seq).toBe(1);
        expect(await take(entries, 1)).toEqual([{ me: 1 }]);
      });

      test("publishAndWait publishes before it waits", async () => {
        const [a, b] = await clients();
        const both = Promise.all([a, b].map((c, i) => c.publishAndWait("t", i, "done", 2)));
        expect((await both).sort()).toEqual([1, 2]);
        expect((await take(a.subscribe<number>("t"), 2)).sort()).toEqual([0, 1]);
      });

      test("values keep JSON's meaning [136]", async () => {
        const [a, b] = await clients();
        const values = [
          null,
          0,
          -1.5,
          "",
          "é日本 <&>\u2028",
          [],
          [1, [2]],
          { b: 1, a: { c: [] } },
          "9007199254740993",
        ];
        for (const value of values) await a.publish("t", value);
        await a.publish("t", { kept: 1, dropped: undefined, date: new Date(0) });
        const read = await take(b.subscribe<unknown>("t"), values.length + 1);
        expect(read).toEqual([...values, { kept: 1, date: "1970-01-01T00:00:00.000Z" }]);
      });

      test("what is not JSON is refused before it is sent", async () => {
        const [a] = await clients();
        await expect(a.publish("t", undefined)).rejects.toMatchObject({ code: "invalid-payload" });
        await expect(a.publish("t", 1n)).rejects.toMatchObject({ code: "invalid-payload" });
      });

      test("a schema is checked when publishing and when reading, with the path of the fault", async () => {
        const [a, b] = await clients();
        const ports = topic("ports", z.object({ port: z.number() }));
        const wrong: unknown = { port: "80" };
        await expect(a.publish(ports, wrong as { port: number })).rejects.toMatchObject({
          code: "invalid-payload",
          message: expect.stringContaining("port"),
        });
        await a.publish("ports", wrong);
        await expect(take(b.subscribe(ports), 1)).rejects.toThrow(/entry 1 of topic "ports": port/);
      });

      test("a subscription that hears nothing in time says so", async () => {
        const [a] = await clients();
        await a.publish("t", 1);
        await expect(take(a.subscribe("t", { timeoutMs: 50 }), 2)).rejects.toMatchObject({
          code: "timeout",
        });
      });

      test("leaving the loop, or the caller's signal, ends a subscription", async () => {
        const [a] = await clients();
        const stop = new AbortController();
        await a.publish("t", 1);
        expect(await take(a.subscribe("t"), 1)).toEqual([1]);
        const endless = take(a.subscribe("t", { signal: stop.signal }), 2);
        stop.abort(new Error("enough"));
        await expect(endless).rejects.toThrow("enough");
      });

      test("collect gives the first entries once there are enough", async () => {
        const [a, b] = await pair();
        const key = { kind: "own", name: "all" } as const;
        const collected = b.logs.collect(key, 3);
        for (let i = 1; i <= 4; i++) await a.logs.append(key, `${i}`, { requestId: a.requestId() });
        expect((await collected).map(({ json }) => json)).toEqual(["1", "2", "3"]);
        expect((await b.logs.collect(key, 2)).map(({ seq }) => seq)).toEqual([1, 2]);
        await expect(b.logs.collect(key, 5, { timeoutMs: 50 })).rejects.toMatchObject({
          code: "timeout",
        });
      });

      testWith("requestIds", "an append repeated with its request id appends once", async () => {
        const [a, b] = await pair();
        const key = { kind: "own", name: "l" } as const;
        expect(await a.logs.append(key, "1", { requestId: "x" })).toBe(1);
        expect(await b.logs.append(key, "1", { requestId: "x" })).toBe(1);
        expect(await b.logs.snapshot(key)).toHaveLength(1);
      });

      test("entries can be read from behind a known one", async () => {
        const [a, b] = await pair();
        const key = { kind: "topic", name: "t" } as const;
        for (const json of ["1", "2", "3"])
          await a.logs.append(key, json, { requestId: a.requestId() });
        const read = await take(b.logs.read(key, { after: 1 }), 2);
        expect(read).toEqual([
          { seq: 2, json: "2" },
          { seq: 3, json: "3" },
        ]);
      });

      test("a value over the limit is refused, and the connection serves on", async () => {
        const [a, b] = await clients();
        const huge = a.publish("t", "x".repeat(1024 * 1024));
        await expect(huge).rejects.toMatchObject({ code: "too-large" });
        await a.publish("t", "small");
        expect(await take(b.subscribe("t"), 1)).toEqual(["small"]);
      });
    });

    describe("the run", () => {
      test("an abort ends every wait of every client, and the first report wins", async () => {
        const [a, b] = await clients();
        const waits = [
          a.barrier("never", 9),
          b.signalAndWait("never", 9),
          take(b.subscribe("t"), 1),
        ];
        const ended = Promise.allSettled(waits);
        const winners = await Promise.all([a.abort({ by: 1 }), b.abort({ by: 2 })]);
        expect(winners[0]).toEqual(winners[1]);
        for (const result of await ended) {
          expect(result).toMatchObject({ reason: { code: "aborted", report: winners[0] } });
        }
        await expect(a.signalEntry("after")).rejects.toMatchObject({ code: "aborted" });
      });

      test("events can still be published once the run is aborted", async () => {
        const [a, b] = await pair();
        const client = new SyncClient(a);
        await client.abort("stop");
        await client.publishEvent({ failure_event: { group: "g", error: "stop" } });
        const [event] = await b.logs.collect({ kind: "run_events" }, 1);
        expect(JSON.parse(event?.json ?? "")).toEqual({
          failure_event: { group: "g", error: "stop" },
        });
      });

      test("closing a namespace ends its waits and leaves the store open", async () => {
        const [a, b] = await pair();
        const wait = a.counters.reach({ kind: "state", name: "s" }, 2);
        await a.close();
        await expect(wait).rejects.toMatchObject({ code: "closed" });
        await b.counters.add({ kind: "state", name: "s" }, { requestId: "x" });
        const [again] = await pair(a.scope);
        expect(await again.counters.add({ kind: "state", name: "s" }, { requestId: "y" })).toBe(2);
      });

      test("closing a store ends its waits, twice is once, and a later call is refused", async () => {
        const store = await subject.open();
        const namespace = await store.open(scope());
        const wait = namespace.counters.reach({ kind: "state", name: "s" }, 1);
        const refused = expect(wait).rejects.toMatchObject({ code: "closed" });
        await Promise.all([store.close(), store.close()]);
        await refused;
        const late = namespace.counters.add({ kind: "state", name: "s" }, { requestId: "x" });
        await expect(late).rejects.toMatchObject({ code: "closed" });
      });

      testWith("records", "records are overwritten in place and say how old they are", async () => {
        const [a, b] = await pair();
        await a.records.write("progress", { "1": '"x"', "2": '"y"' });
        await a.records.write("progress", { "1": '"z"' });
        const read = await b.records.read("progress");
        expect(read.get("1")?.json).toBe('"z"');
        expect(read.get("2")?.json).toBe('"y"');
        expect(read.get("1")?.ageMs).toBeLessThan(5_000);
        expect((await b.records.read("empty")).size).toBe(0);
      });

      testWith("drop", "dropping a run removes it and leaves its neighbours", async () => {
        const of = scope();
        const [a] = await pair(of);
        const [neighbour] = await pair({ ...of, case: "case:2" });
        const key = { kind: "state", name: "s" } as const;
        for (const n of [a, neighbour]) await n.counters.add(key, { requestId: "x" });
        await a.drop();
        const [fresh] = await pair(of);
        expect(await fresh.counters.read(key)).toBe(0);
        expect(await neighbour.counters.read(key)).toBe(1);
      });

      testWith("claims", "what one holds the other waits for, until it is given back", async () => {
        const [a, b] = await pair();
        const grant = await a.claims.acquire("c", { requestId: a.requestId(), capacity: 1 });
        const next = b.claims.acquire("c", { requestId: b.requestId(), capacity: 1 });
        expect(await a.claims.release(grant, { requestId: a.requestId() })).toBe(true);
        const second = await next;
        expect(second.token.n).toBe(2);
        const claims = ["c", "d"].map((name) => ({ name, capacity: 1 }));
        const both = a.claims.acquireAll(claims, { requestId: a.requestId() });
        expect(await b.claims.release(second, { requestId: b.requestId() })).toBe(true);
        expect((await both).map(({ name }) => name)).toEqual(["c", "d"]);
      });

      testWith("sessions", "what a session holds is given back when it ends", async () => {
        const [a, b] = await pair();
        const session = await a.session();
        const grant = await a.claims.acquire("c", { requestId: a.requestId(), capacity: 1 });
        const next = b.claims.acquire("c", { requestId: b.requestId(), capacity: 1 });
        await session.end();
        await next;
        expect([grant.lost.aborted, session.lost.aborted]).toEqual([true, true]);
      });

      testWith(
        "epoch",
        "a client of a run that was dropped learns that its state is lost",
        async () => {
          const of = scope();
          const [a, b] = await pair(of);
          await a.drop();
          const add = b.counters.add({ kind: "state", name: "s" }, { requestId: "x" });
          await expect(add).rejects.toMatchObject({ code: "state-lost" });
        },
      );

      testWith("epoch", "what waits in a run that is dropped ends, and says so", async () => {
        const [a, b] = await pair(scope());
        const state = { kind: "state", name: "s" } as const;
        const waits = [
          b.counters.reach(state, 2),
          b.logs.collect({ kind: "topic", name: "t" }, 1),
          b.registers.watch("r")[Symbol.asyncIterator]().next(),
        ].map((wait) => expect(wait).rejects.toMatchObject({ code: "state-lost" }));
        // A wait that has been answered is one that the store knows of.
        const known = b.counters.reach(state, 1);
        await a.counters.add(state, { requestId: "x" });
        await known;
        await a.drop();
        await Promise.all(waits);
      });
    });
  });
}

/** The first values of a subscription. */
export async function take<T>(values: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of values) {
    taken.push(value);
    if (taken.length === count) break;
  }
  return taken;
}

async function prime(client: SyncClient): Promise<object> {
  await client.publish("t", 1);
  return {};
}
