import { randomUUID } from "node:crypto";
import { MemoryStore, openStore } from "@groundplan/sync";
import { type SyncService, serveSync } from "@groundplan/sync/service";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { barrier, publish, RawClient, type Response, signal, subscribe } from "./raw-client.ts";

let store: MemoryStore;
let service: SyncService;
let client: RawClient;

beforeEach(async () => {
  store = new MemoryStore();
  service = await serveSync(store, { port: 0 });
  client = await RawClient.connect(service.url);
});

test("requests of one connection take effect in the order they were sent on Redis too", async () => {
  const url = inject("redisUrl");
  if (url === undefined) throw new Error("this test needs a redis-server");
  await using redis = await openStore(url);
  await using onRedis = await serveSync(redis, { port: 0 });
  await using pipelining = await RawClient.connect(onRedis.url);
  const run = randomUUID();
  pipelining.send(barrier("wait", `${run}:never`, 1));
  for (const n of numbers(100)) pipelining.send(publish(`${n}`, `${run}:t`, n));
  const frames = await pipelining.nextFrames(100);
  expect(frames.map(({ id, publish }) => [id, publish?.seq])).toEqual(
    numbers(100).map((n) => [`${n}`, n]),
  );
});

afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await service.close();
  await store.close();
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("responses are Testground's, byte for byte", () => {
  test.each([
    [
      "a publish",
      publish("0", "t", { a: 1 }),
      '{"id":"0","error":"","publish":{"seq":1},"subscribe":"","signal_entry":null}\n',
    ],
    [
      "a signal",
      signal("1", "s"),
      '{"id":"1","error":"","publish":null,"subscribe":"","signal_entry":{"seq":1}}\n',
    ],
    [
      "an open barrier",
      barrier("2", "s", 0),
      '{"id":"2","error":"","publish":null,"subscribe":"","signal_entry":null}\n',
    ],
  ])("to %s", async (_, request, response) => {
    client.send(request);
    expect(await client.next()).toBe(response);
  });

  test("to a subscription: each entry as JSON in a JSON string", async () => {
    client.send(publish("0", "t", { a: 1 }));
    await client.next();
    client.send(subscribe("3", "t"));
    expect(await client.next()).toBe(
      '{"id":"3","error":"","publish":null,"subscribe":"{\\"a\\":1}","signal_entry":null}\n',
    );
  });

  test("to a request that cannot be served: the error in words", async () => {
    await store.close();
    client.send(signal("4", "s"));
    expect(await client.next()).toBe(
      '{"id":"4","error":"memory was closed","publish":null,"subscribe":"","signal_entry":null}\n',
    );
  });
});

describe("requests", () => {
  test("are read from text and from binary frames", async () => {
    client.send(Buffer.from(JSON.stringify(signal("a", "s"))));
    client.send(signal("b", "s"));
    const seqs = (await client.nextFrames(2)).map((frame) => frame.signal_entry?.seq);
    expect(seqs).toEqual([1, 2]);
  });

  test("have ids that come back as they are, whatever they are", async () => {
    for (const id of ["", "0", 'é\u2028"', "x".repeat(200)]) {
      client.send(signal(id, "s"));
      expect((await client.nextFrame()).id).toBe(id);
    }
    client.send({ signal_entry: { state: "s" } });
    expect((await client.nextFrame()).id).toBe("");
  });

  test("may have their keys in any order and letter case, unknown ones among them", async () => {
    client.send('{"Signal_Entry":{"STATE":"s","x":1},"isCancel":false,"more":[],"ID":"7"}');
    expect(await client.nextFrame()).toMatchObject({ id: "7", signal_entry: { seq: 1 } });
  });

  test("with several bodies do the first of publish, subscribe, barrier, signal_entry", async () => {
    client.send({ ...signal("1", "s"), ...barrier("1", "s", 5), ...publish("1", "t", 1) });
    expect(await client.nextFrame()).toMatchObject({ publish: { seq: 1 }, signal_entry: null });
    client.send({ ...signal("2", "s"), ...barrier("2", "s", 0), publish: null });
    expect(await client.nextFrame()).toMatchObject({ publish: null, signal_entry: null });
    expect(await store.foreign.counters.read("s")).toBe(0);
  });

  test("without a payload publish null", async () => {
    client.send({ id: "1", publish: { topic: "t" } });
    client.send(publish("2", "t", null));
    await client.nextFrames(2);
    client.send(subscribe("3", "t"));
    const entries = (await client.nextFrames(2)).map((frame) => frame.subscribe);
    expect(entries).toEqual(["null", "null"]);
  });

  test("without a body that is known are answered with an error, null too", async () => {
    for (const text of ['{"id":"1"}', '{"id":"1","dance":{}}', '{"id":"1","publish":null}']) {
      client.send(text);
      expect(await client.nextFrame()).toMatchObject({
        id: "1",
        error: expect.stringContaining("no body"),
      });
    }
    client.send("null");
    expect(await client.nextFrame()).toMatchObject({
      id: "",
      error: expect.stringContaining("no body"),
    });
  });

  test.each([
    "{",
    "",
    '"text"',
    "[]",
    "17",
    '{"id":1}',
    '{"id":"1","barrier":{"state":"s","target":1.5}}',
    '{"id":"1","signal_entry":{"state":5}}',
    '{"id":"1","subscribe":"t"}',
    `${'{"id":"1","publish":{"topic":"t","payload":'}${"[".repeat(100_000)}`,
  ])("that are malformed close their connection with 1007, and no other: %.40s", async (text) => {
    await using other = await RawClient.connect(service.url);
    client.send(text);
    client.send(signal("late", "s"));
    expect(await client.closed).toBe(1007);
    other.send(signal("1", "s"));
    expect(await other.nextFrame()).toMatchObject({ signal_entry: { seq: 1 } });
  });

  test("of one connection take effect in the order they were sent, and waits hold none up", async () => {
    client.send(barrier("wait", "never", 1));
    for (const n of numbers(100)) client.send(publish(`p${n}`, "t", n));
    client.send(subscribe("s", "t"));
    const frames = await client.nextFrames(200);
    expect(frames.flatMap((frame) => frame.publish?.seq ?? [])).toEqual(numbers(100));
    const entries = frames.filter((frame) => frame.subscribe !== "");
    expect(entries.map((frame) => JSON.parse(frame.subscribe))).toEqual(numbers(100));
  });

  test("are taken on any path, from any origin, for any host, and uncompressed", async () => {
    await using other = await RawClient.connect(`${service.url}/any/path?x=1`, {
      origin: "http://elsewhere.example",
      headers: { host: "..." },
      perMessageDeflate: true,
    });
    expect(other.socket.extensions).toBe("");
    other.send(signal("1", "s"));
    expect(await other.nextFrame()).toMatchObject({ signal_entry: { seq: 1 } });
  });

  test("of the extension are refused before a greeting, which is the answer of an open barrier and more", async () => {
    const call = { op: "counters.read", key: "s" };
    client.send({ id: "1", call });
    expect(await client.nextFrame()).toEqual({
      id: "1",
      error: "calls are taken after a greeting only; send hello first",
      code: "protocol",
    });
    client.send({ hello: { version: 1 }, ...barrier("2", "s", 0) });
    expect(await client.nextFrame()).toEqual({
      id: "2",
      error: "",
      publish: null,
      subscribe: "",
      signal_entry: null,
      hello: {
        version: 2,
        features: [...store.features],
        maxValueBytes: 1024 * 1024,
        maxFrameBytes: 2 * 1024 * 1024 + 64 * 1024,
        store: "memory",
      },
    });
    client.send({ id: "3", call });
    expect(await client.next()).toBe('{"id":"3","error":"","result":0}');
    for (const wrong of [{}, { op: "dance" }, { op: "toString" }, { op: "open", scope: 1 }]) {
      client.send({ id: "4", call: wrong });
      expect(await client.nextFrame()).toMatchObject({ id: "4", code: "protocol" });
    }
    client.send({ id: "5", call: { op: "drop", run: "9" } });
    expect(await client.nextFrame()).toMatchObject({ id: "5", code: "closed" });
  });

  test("over HTTP without an upgrade are told that this is a WebSocket service", async () => {
    const reply = await fetch(service.url.replace("ws:", "http:"));
    expect(reply.status).toBe(426);
  });
});

describe("states and barriers", () => {
  test("ten signals return 1 to 10, and a barrier for ten then opens", async () => {
    for (let i = 0; i < 10; i++) client.send(signal(`${i}`, "s"));
    const seqs = (await client.nextFrames(10)).map((frame) => frame.signal_entry?.seq);
    expect(seqs).toEqual(numbers(10));
    client.send(barrier("b", "s", 10));
    expect(await client.nextFrame()).toMatchObject({ id: "b", error: "" });
  });

  test("a barrier below its count opens at once", async () => {
    for (let i = 0; i < 20; i++) client.send(signal(`${i}`, "s"));
    await client.nextFrames(20);
    client.send(barrier("b", "s", 10));
    expect(await client.nextFrame()).toMatchObject({ id: "b", error: "" });
  });

  test.each([0, -1, null, Number.NaN])(
    "a barrier with the target %s opens at once and makes no state",
    async (target) => {
      const reach = vi.spyOn(store.foreign.counters, "reach");
      client.send(barrier("b", "unknown", target));
      expect(await client.nextFrame()).toMatchObject({ id: "b", error: "" });
      expect(reach).not.toHaveBeenCalled();
      client.send(signal("1", "unknown"));
      expect(await client.nextFrame()).toMatchObject({ signal_entry: { seq: 1 } });
    },
  );

  test("a barrier opens for all who wait when the last signal is given", async () => {
    await using other = await RawClient.connect(service.url);
    client.send(barrier("b", "s", 2));
    other.send(barrier("c", "s", 2));
    other.send(signal("1", "s"));
    expect((await other.nextFrame()).id).toBe("1");
    expect(await client.rest()).toEqual([]);
    client.send(signal("2", "s"));
    const ids = (await client.nextFrames(2)).map((frame) => frame.id);
    expect(ids.sort()).toEqual(["2", "b"]);
    expect((await other.nextFrame()).id).toBe("c");
  });

  test("a barrier that is cancelled ends in the store and is not answered", async () => {
    const reach = vi.spyOn(store.foreign.counters, "reach");
    client.send(barrier("b", "s", 1));
    client.send({ id: "b", is_cancel: true });
    await client.rest();
    await expect(reach.mock.results[0]?.value).rejects.toThrow();
    client.send(signal("1", "s"));
    expect(await client.nextFrame()).toMatchObject({ id: "1" });
    expect(await client.rest()).toEqual([]);
  });
});

describe("topics", () => {
  test("a late subscriber gets a thousand entries in order, each the JSON that was published", async () => {
    const payload = (n: number): object => ({ Name: `n${n}`, Value: n });
    for (const n of numbers(1_000)) {
      client.send(publish(`${n}`, "t", payload(n)));
      expect((await client.nextFrame()).publish?.seq).toBe(n);
    }
    client.send(subscribe("s", "t"));
    const entries = (await client.nextFrames(1_000)).map((frame) => frame.subscribe);
    expect(entries).toEqual(numbers(1_000).map((n) => JSON.stringify(payload(n))));
  });

  test("a thousand publishes of several clients get each number once, and the subscriber all, and no more", async () => {
    await using a = await RawClient.connect(service.url);
    await using b = await RawClient.connect(service.url);
    client.send(subscribe("s", "t"));
    for (const n of numbers(500)) for (const c of [a, b]) c.send(publish(`${n}`, "t", n));
    const answers = [...(await a.nextFrames(500)), ...(await b.nextFrames(500))];
    const seqs = answers.map((frame) => frame.publish?.seq ?? 0).sort((x, y) => x - y);
    expect(seqs).toEqual(numbers(1_000));
    expect(await client.nextFrames(1_000)).toHaveLength(1_000);
    expect(await client.rest()).toEqual([]);
  });

  test("a hundred topics with a publisher and a subscriber each do not mix", async () => {
    for (const t of numbers(100)) client.send(subscribe(`s${t}`, `t${t}`));
    for (const n of numbers(100)) {
      for (const t of numbers(100)) client.send(publish("p", `t${t}`, `${t}/${n}`));
    }
    const frames = await client.nextFrames(20_000);
    const got = new Map<string, string[]>();
    for (const { id, subscribe: json } of frames.filter((frame) => frame.subscribe !== "")) {
      got.set(id, [...(got.get(id) ?? []), JSON.parse(json)]);
    }
    for (const t of numbers(100)) {
      expect(got.get(`s${t}`)).toEqual(numbers(100).map((n) => `${t}/${n}`));
    }
  });

  test("the same value a thousand times counts a thousand times", async () => {
    for (const n of numbers(1_000)) client.send(publish(`${n}`, "t", "same"));
    const seqs = (await client.nextFrames(1_000)).map((frame) => frame.publish?.seq);
    expect(seqs).toEqual(numbers(1_000));
  });

  test("subscribe and publish on one connection: both are answered", async () => {
    client.send(subscribe("s", "t"));
    client.send(publish("p", "t", "text"));
    const frames = await client.nextFrames(2);
    const byId = new Map(frames.map((frame): [string, Response] => [frame.id, frame]));
    expect(byId.get("p")).toMatchObject({ error: "", publish: { seq: 1 } });
    expect(byId.get("s")).toMatchObject({ error: "", subscribe: '"text"' });
  });

  test("the same key may be a state and a topic", async () => {
    client.send(signal("1", "x"));
    client.send(publish("2", "x", 1));
    client.send(publish("3", "x", 1));
    expect((await client.nextFrames(3))[2]).toMatchObject({ publish: { seq: 2 } });
    expect(await store.foreign.counters.read("x")).toBe(1);
  });

  test("a subscription that is cancelled is sent no further entries", async () => {
    client.send(subscribe("s", "t"));
    client.send(publish("1", "t", 1));
    await client.nextFrames(2);
    client.send({ id: "s", is_cancel: true, publish: { topic: "t", payload: "ignored" } });
    client.send(publish("2", "t", 2));
    expect(await client.nextFrame()).toMatchObject({ id: "2", publish: { seq: 2 } });
    expect(await client.rest()).toEqual([]);
  });

  test("a cancel of what is unknown or done gets no answer and harms nothing", async () => {
    client.send(signal("1", "s"));
    await client.next();
    for (const id of ["1", "1", "unknown"]) client.send({ id, is_cancel: true });
    expect(await client.rest()).toEqual([]);
  });

  test("a payload keeps its keys' order and its text", async () => {
    const json = '{"b":1,"a":"<&>é\u2028","c":[{"z":0.5,"y":[]}]}';
    client.send(`{"id":"1","publish":{"topic":"t","payload":${json}}}`);
    client.send(subscribe("2", "t"));
    expect((await client.nextFrames(2))[1]?.subscribe).toBe(json);
  });

  test("an entry that a Go subscriber would not survive is refused to its publisher, who stays connected", async () => {
    // 71 bytes of an empty response, 20 of an id, and two escaped quotes of two bytes each.
    const largest = 32_768 - 71 - 20 - 4;
    client.send(publish("fits", "t", "x".repeat(largest)));
    expect(await client.nextFrame()).toMatchObject({ id: "fits", publish: { seq: 1 } });
    const tooLarge = ["x".repeat(largest + 1), "<".repeat(5_000), '"'.repeat(11_000)];
    for (const payload of tooLarge) {
      client.send(publish("large", "t", payload));
      expect(await client.nextFrame()).toMatchObject({
        id: "large",
        error: expect.stringMatching(/publish on "t": .* bytes/),
        publish: null,
      });
    }
    client.send(publish("next", "t", "small"));
    expect(await client.nextFrame()).toMatchObject({ id: "next", publish: { seq: 2 } });
  });
});
