import { randomUUID } from "node:crypto";
import { type Scope, SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { serveSync } from "@groundplan/sync/service";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conformance, take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { barrier, publish, RawClient, signal } from "./raw-client.ts";
import { documentedRights, OwnCluster } from "./redis-deployments.ts";
import { sharedRedis } from "./redis-server.ts";

const key = { kind: "state", name: "s" } as const;
const scope = (run: string = randomUUID()): Scope => ({ run, plan: "p", case: "c" });

conformance("RedisStore on a cluster", async () => {
  const cluster = await OwnCluster.start();
  return {
    open: () => RedisStore.connect(cluster.url),
    close: () => cluster[Symbol.asyncDispose](),
  };
});

describe("on a cluster", () => {
  let shared: OwnCluster;

  beforeAll(async () => {
    shared = await OwnCluster.start();
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  test("all keys of a run are on one node, and runs are spread over the nodes", async () => {
    await using store = await RedisStore.connect(shared.url);
    for (let i = 0; i < 30; i++) {
      const namespace = await store.open(scope(`run-${i}`));
      const client = new SyncClient(namespace);
      await client.signalAndWait("s", 1);
      await client.publish("t", i);
      await namespace.records.write("progress", { "1": "{}" });
    }
    const places = new Map<string, Set<number>>();
    for (const { port, url } of shared.nodes) {
      const raw = new Redis(url);
      for (const key of await raw.keys("*")) {
        const run = /run:\{(run-\d+)\}:plan:p:case:c/.exec(key)?.[1] ?? key;
        places.set(run, (places.get(run) ?? new Set()).add(port));
      }
      raw.disconnect();
    }
    expect(places.size).toBe(30);
    expect([...places.values()].every((ports) => ports.size === 1)).toBe(true);
    expect(new Set([...places.values()].flatMap((ports) => [...ports])).size).toBe(3);
  });

  test("a run whose name holds braces keeps its keys together too", async () => {
    await using store = await RedisStore.connect(shared.url);
    for (const run of ["{", "}", "}x", "%7Dx", "a}b{c", "{}", "x:plan:y"]) {
      const client = new SyncClient(await store.open(scope(run)));
      expect(await client.signalAndWait("s", 1), run).toBe(1);
    }
  });

  test("access by Testground's full key meets the run, both ways", async () => {
    await using store = await RedisStore.connect(shared.url);
    const of = scope();
    const base = `run:${of.run}:plan:p:case:c`;
    const client = new SyncClient(await store.open(of));
    const ours = client.barrier("s", 2);
    const theirs = store.foreign.counters.reach(`${base}:states:s`, 2);
    expect(await store.foreign.counters.add(`${base}:states:s`, { requestId: "f:1" })).toBe(1);
    expect(await client.signalEntry("s")).toBe(2);
    await Promise.all([ours, theirs]);
    await store.foreign.logs.append(`${base}:topics:t`, "1", { requestId: "f:2" });
    expect(await take(client.subscribe("t"), 1)).toEqual([1]);
  });

  test("through a sync service, a client that knows only Testground's protocol meets the run", async () => {
    await using store = await RedisStore.connect(shared.url);
    await using service = await serveSync(store, { port: 0 });
    await using foreign = await RawClient.connect(service.url);
    const of = scope();
    const base = `run:${of.run}:plan:p:case:c`;
    const client = new SyncClient(await store.open(of));
    foreign.send(signal("1", `${base}:states:s`));
    expect((await foreign.nextFrame()).signal_entry).toEqual({ seq: 1 });
    foreign.send(barrier("2", `${base}:states:s`, 2));
    expect(await client.signalAndWait("s", 2)).toBe(2);
    expect(await foreign.nextFrame()).toMatchObject({ id: "2", error: "" });
    foreign.send(publish("3", `${base}:topics:t`, 7));
    expect(await take(client.subscribe("t"), 1)).toEqual([7]);
  });

  test("the rights of docs/redis.md for a cluster are enough", async () => {
    for (const { url } of shared.nodes) {
      const raw = new Redis(url);
      for (const line of await documentedRights("groundplan")) await raw.call("ACL", ...line);
      raw.disconnect();
    }
    const url = shared.url.replace("//", "//groundplan:password@");
    await using store = await RedisStore.connect(url);
    expect(store.name).toBe(shared.url);
    const namespace = await store.open(scope());
    const client = new SyncClient(namespace);
    const [read] = await Promise.all([take(client.subscribe("t"), 1), client.publish("t", 1)]);
    expect(read).toEqual([1]);
    await client.signalAndWait("s", 1);
    await namespace.drop();
  });

  test("a process has one connection that listens, and one to each node that has a run of it", async () => {
    await using cluster = await OwnCluster.start();
    await using store = await RedisStore.connect(cluster.url);
    for (let i = 0; i < 20; i++) {
      const client = new SyncClient(await store.open(scope()));
      await client.signalAndWait("s", 1);
      await client.barrier("s", 2, { timeoutMs: 1 }).catch(() => {});
    }
    const connections = async (): Promise<number> => {
      const lists = cluster.nodes.map(async ({ url }) => {
        const raw = new Redis(url);
        const list = String(await raw.client("LIST"));
        raw.disconnect();
        return list.split("\n").filter((line) => line.includes("groundplan:")).length;
      });
      return (await Promise.all(lists)).reduce((sum, n) => sum + n, 0);
    };
    await expect.poll(connections).toBe(4);
  });

  test("an announcement that overtakes the answer before it opens the barrier without a re-check", async () => {
    await using cluster = await OwnCluster.start();
    const proxies = await behindProxies(cluster);
    const url = `redis+cluster://127.0.0.1:${proxies[0]?.port}`;
    await using here = await RedisStore.connect(url, {}, { recheckMs: 3_600_000 });
    await using there = await RedisStore.connect(url, {}, { recheckMs: 3_600_000 });
    const never = (await here.open(scope())).counters.reach(key, 1);
    never.catch(() => {});
    await expect.poll(() => placeOf(cluster, isSubscribed)).not.toBe(-1);
    const listening = await placeOf(cluster, isSubscribed);
    const { of, place } = await runAwayFrom(cluster, here, listening);
    const [a, b] = [await here.open(of), await there.open(of)];
    // From then on both have what they need to know of the node, and listen to the state.
    await a.counters.addAndReach(key, 1, { requestId: "1" });
    await b.counters.add(key, { requestId: "2" });
    proxies[place]?.holdReplies();
    const wait = Promise.all([a, b].map(({ counters }) => counters.reach(key, 3)));
    const raw = new Redis(cluster.nodes[place]?.url ?? "");
    const targets = `gp:tgt:run:{${of.run}}:plan:p:case:c:states:s`;
    // Both: what one awaits is not said on the channel.
    await expect.poll(() => raw.zscore(targets, "3")).not.toBeNull();
    const heard = new Redis(cluster.nodes[listening]?.url ?? "");
    const message = new Promise((resolve) => heard.on("message", resolve));
    await heard.subscribe(targets.replace("gp:tgt:", "gp:ch:"));
    const last = b.counters.add(key, { requestId: "3" });
    await message;
    // What the other listener of the same node was sent has been handled here, too, once this is answered.
    await new Promise((resolve) => setTimeout(resolve, 50));
    proxies[place]?.releaseReplies();
    await Promise.all([wait, last]);
    for (const client of [raw, heard]) client.disconnect();
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  });

  test("waits outlive a node that comes back with its state, and none of other nodes notices", async () => {
    await using cluster = await OwnCluster.start("--appendonly", "yes", "--appendfsync", "always");
    await using store = await RedisStore.connect(cluster.url, {}, { recheckMs: 200 });
    const clients = new Map<string, SyncClient>();
    for (let i = 0; i < 12; i++) {
      const of = scope(`run-${i}`);
      clients.set(of.run, new SyncClient(await store.open(of)));
    }
    const waits = [...clients.values()].map((client) => client.signalAndWait("s", 2));
    for (const client of clients.values()) {
      await expect
        .poll(() => client.barrier("s", 1, { timeoutMs: 1_000 }).then(() => true))
        .toBe(true);
    }
    await cluster.nodes[0]?.stop();
    const signals = [...clients.values()].map((client) => client.signalEntry("s"));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await cluster.nodes[0]?.start();
    expect(await Promise.all(signals)).toEqual([...clients].map(() => 2));
    expect(await Promise.all(waits)).toEqual([...clients].map(() => 1));
  });

  test("runs of a node that comes back empty end with state-lost, and those of others go on", async () => {
    await using cluster = await OwnCluster.start();
    await using store = await RedisStore.connect(cluster.url, {}, { recheckMs: 200 });
    const clients: SyncClient[] = [];
    for (let i = 0; i < 12; i++) clients.push(new SyncClient(await store.open(scope(`run-${i}`))));
    const waits = Promise.allSettled(clients.map((client) => client.signalAndWait("s", 2)));
    await Promise.all(clients.map((client) => client.barrier("s", 1)));
    await cluster.nodes[0]?.stop();
    await cluster.nodes[0]?.start();
    await Promise.allSettled(clients.map((client) => client.signalEntry("s")));
    const ends = (await waits).map((end) =>
      end.status === "fulfilled" ? "opened" : end.reason.code,
    );
    expect(new Set(ends)).toEqual(new Set(["opened", "state-lost"]));
  });

  test("calls keep their deadline while their node is gone, and closing waits for nothing", async () => {
    await using cluster = await OwnCluster.start();
    const store = await RedisStore.connect(cluster.url);
    const namespaces = await Promise.all(
      [...Array(12).keys()].map((i) => store.open(scope(`run-${i}`))),
    );
    for (const node of cluster.nodes) await node.stop();
    const late = namespaces.map(({ counters }) =>
      counters.add(key, { requestId: "1", timeoutMs: 200 }),
    );
    for (const outcome of await Promise.allSettled(late)) {
      expect(outcome).toMatchObject({
        reason: { code: "timeout", message: expect.stringContaining("is not connected") },
      });
    }
    const waiting = namespaces.map(({ counters }) => counters.reach(key, 1));
    const ended = Promise.allSettled(waiting);
    const begun = performance.now();
    await store.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    for (const outcome of await ended) {
      expect(outcome).toMatchObject({ reason: { code: "closed" } });
    }
  });

  test("one server and a cluster are told apart, and the URL to use is named", async () => {
    await using cluster = await OwnCluster.start();
    const [node] = cluster.nodes;
    await expect(RedisStore.connect(`redis://127.0.0.1:${node?.port}`)).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/it is a node of a cluster; use redis\+cluster:/),
    });
    await node?.stop();
    await expect(
      RedisStore.connect(`redis+cluster://127.0.0.1:${node?.port}`),
    ).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/ECONNREFUSED.*nothing listens there/),
    });
    const alone = sharedRedis().replace("redis:", "redis+cluster:");
    await expect(RedisStore.connect(alone)).rejects.toMatchObject({
      code: "connection",
      message: expect.stringMatching(/cluster support disabled; use redis:/),
    });
  });
});

/** One in front of each node, by which the nodes are known to their clients. */
async function behindProxies({ nodes }: OwnCluster): Promise<readonly FaultProxy[]> {
  const proxies = await Promise.all(nodes.map(({ port }) => FaultProxy.start(port)));
  const clients = nodes.map(({ url }) => new Redis(url));
  await Promise.all(
    clients.map((client, i) =>
      client.config("SET", "cluster-announce-port", proxies[i]?.port ?? 0),
    ),
  );
  for (const client of clients) {
    await expect
      .poll(async () => JSON.stringify(await client.cluster("SLOTS")), { timeout: 10_000 })
      .toMatch(new RegExp(proxies.map(({ port }) => `(?=.*${port})`).join("")));
    client.disconnect();
  }
  return proxies;
}

/** The node of which it is true; -1 if of none. */
async function placeOf(
  { nodes }: OwnCluster,
  matches: (node: Redis) => Promise<boolean>,
): Promise<number> {
  const found = await Promise.all(
    nodes.map(async ({ url }) => {
      const client = new Redis(url);
      const isIt = await matches(client);
      client.disconnect();
      return isIt;
    }),
  );
  return found.indexOf(true);
}

async function isSubscribed(node: Redis): Promise<boolean> {
  return (await node.pubsub("CHANNELS", "gp:ch:*")).length > 0;
}

/** A run on another node than the given one. */
async function runAwayFrom(
  cluster: OwnCluster,
  store: RedisStore,
  listening: number,
): Promise<{ of: Scope; place: number }> {
  for (;;) {
    const of = scope();
    await store.open(of);
    const meta = `gp:meta:run:{${of.run}}:plan:p:case:c`;
    const place = await placeOf(cluster, async (node) => (await node.keys(meta)).length === 1);
    if (place !== listening) return { of, place };
  }
}
