import { randomUUID } from "node:crypto";
import { SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conformance, take } from "./conformance.ts";
import { sharedRedis } from "./redis-server.ts";

conformance("RedisStore", async () => ({
  open: () => RedisStore.connect(sharedRedis()),
  close: async () => {},
}));

describe("keys in Redis", () => {
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

  const open = async () => {
    const run = randomUUID();
    const namespace = await store.open({ run, plan: "p", case: "c" });
    return { run, base: `run:${run}:plan:p:case:c`, namespace, client: new SyncClient(namespace) };
  };
  const keysOf = async (run: string): Promise<string[]> => (await raw.keys(`*${run}*`)).sort();

  test("signals, entries and events have Testground's keys, types, field and bytes, and every other key starts with gp: [117]", async () => {
    const { run, base, namespace, client } = await open();
    await client.signalAndWait("ready", 1);
    await client.barrier("ready", 2, { timeoutMs: 1 }).catch(() => {});
    await client.publish("ports", { name: "é <&>\u2028", port: 80 });
    await client.publishEvent({ success_event: { group: "g" } });
    await client.abort("over");
    await namespace.counters.add({ kind: "own", name: "c" }, { requestId: "1" });
    await namespace.records.write("progress", { "1": "{}" });

    expect(await raw.type(`${base}:states:ready`)).toBe("string");
    expect(await raw.get(`${base}:states:ready`)).toBe("1");
    expect(await raw.xrange(`${base}:topics:ports`, "-", "+")).toEqual([
      [expect.any(String), ["p", '{"name":"é <&>\u2028","port":80}']],
    ]);
    expect(await raw.xrange(`${base}:run_events`, "-", "+")).toEqual([
      [expect.any(String), ["p", '{"success_event":{"group":"g"}}']],
    ]);
    const keys = await keysOf(run);
    expect(keys.filter((key) => !key.startsWith("gp:"))).toEqual([
      `${base}:run_events`,
      `${base}:states:ready`,
      `${base}:topics:ports`,
    ]);
    expect(keys).toContain(`gp:meta:${base}`);
  });

  test("every key expires a day after the last write", async () => {
    const { run, client } = await open();
    await client.signalEntry("s");
    await client.barrier("s", 2, { timeoutMs: 1 }).catch(() => {});
    await client.publish("t", 1);
    for (const key of await keysOf(run)) {
      expect(await raw.pttl(key), key).toBeGreaterThan(23 * 3_600_000);
    }
  });

  test("no key is left of a run that was dropped, and none of its neighbours is gone", async () => {
    const { run, namespace, client } = await open();
    const stranger = `run:${run}x:plan:p:case:c:states:s`;
    await raw.set(stranger, 1);
    const wait = client.barrier("s", 2);
    await client.signalEntry("s");
    await client.publish("t", 1);
    await client.publishEvent({});
    await namespace.records.write("progress", { "1": "{}" });
    const ended = expect(wait).rejects.toMatchObject({ code: "state-lost" });
    await namespace.drop();
    await ended;
    expect(await keysOf(run)).toEqual([stranger]);
    expect(await raw.pubsub("CHANNELS", `*${run}*`)).toEqual([]);
    await raw.del(stranger);
  });

  test("what is between stars and brackets in a name is no pattern when its run is dropped", async () => {
    const run = `[a-z]*?\\${randomUUID()}`;
    const mine = await store.open({ run, plan: "p", case: "c" });
    await mine.counters.add({ kind: "state", name: "s" }, { requestId: "1" });
    await mine.drop();
    const again = await store.open({ run, plan: "p", case: "c" });
    expect(await again.counters.read({ kind: "state", name: "s" })).toBe(0);
  });

  test("a foreign instance's entries and ours have one numbering", async () => {
    const { base, client } = await open();
    await client.publish("t", "ours");
    await raw.xadd(`${base}:topics:t`, "*", "p", '"theirs"');
    expect(await client.publish("t", "ours again")).toBe(3);
    expect(await take(client.subscribe("t"), 3)).toEqual(["ours", "theirs", "ours again"]);
  });

  test("an entry that does not speak Testground's protocol is reported with its place", async () => {
    const { base, client } = await open();
    await raw.xadd(`${base}:topics:t`, "*", "other", "1");
    await expect(take(client.subscribe("t"), 1)).rejects.toMatchObject({
      code: "protocol",
      message: expect.stringMatching(/^entry 1 \(.*\) of topic "t" has no field "p"/),
    });
  });

  test("a key that holds something else is reported, not waited for", async () => {
    const { base, client } = await open();
    await raw.lpush(`${base}:states:s`, "1");
    for (const call of [client.signalEntry("s"), client.barrier("s", 1)]) {
      await expect(call).rejects.toMatchObject({
        code: "protocol",
        message: expect.stringContaining("WRONGTYPE"),
      });
    }
  });

  test("access by full key meets the run that has an epoch, both ways", async () => {
    const { base, client } = await open();
    const ours = client.barrier("s", 2);
    const theirs = store.foreign.counters.reach(`${base}:states:s`, 2);
    expect(await store.foreign.counters.add(`${base}:states:s`, { requestId: "f:1" })).toBe(1);
    expect(await client.signalEntry("s")).toBe(2);
    await Promise.all([ours, theirs]);
    const read = take(store.foreign.logs.read(`${base}:topics:t`), 2);
    await client.publish("t", 1);
    await store.foreign.logs.append(`${base}:topics:t`, "2", { requestId: "f:2" });
    expect(await read).toEqual([
      { seq: 1, json: "1" },
      { seq: 2, json: "2" },
    ]);
    expect(await take(client.subscribe("t"), 2)).toEqual([1, 2]);
  });

  test("a log larger than what Redis lets wait for a subscriber is read on one connection", async () => {
    const { namespace } = await open();
    const key = { kind: "own", name: "large" } as const;
    const deaf = namespace.counters.reach({ kind: "own", name: "never" }, 1);
    deaf.catch(() => {});
    const json = JSON.stringify("x".repeat(1_000_000));
    for (let i = 0; i < 64; i++) await namespace.logs.append(key, json, { requestId: `${i}` });
    await namespace.records.write(
      "large",
      Object.fromEntries([...Array(40).keys()].map((i) => [i, json])),
    );
    const id = await connectionId();
    const reads = [namespace.logs.snapshot(key), namespace.logs.collect(key, 60)];
    expect((await Promise.all(reads)).map(({ length }) => length)).toEqual([64, 60]);
    expect(await take(namespace.logs.read(key), 64)).toHaveLength(64);
    expect((await namespace.records.read("large")).size).toBe(40);
    expect(await connectionId()).toEqual(id);
    await namespace.drop();
  });

  async function connectionId(): Promise<readonly string[]> {
    const list = String(await raw.client("LIST"));
    return list
      .split("\n")
      .filter((line) => line.includes(`name=groundplan:${process.pid} `))
      .map((line) => line.split(" ")[0] ?? "");
  }
});
