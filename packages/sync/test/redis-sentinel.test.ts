import { type Namespace, SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import { documentedRights, OwnSentinels } from "./redis-deployments.ts";
import { freePort, sharedRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const TARGETS = "gp:tgt:run:r:plan:p:case:c:states:s";
const key = { kind: "state", name: "s" } as const;

/** Resolves once the replica has all that the primary has, waits included. */
async function replicated(of: OwnSentinels): Promise<void> {
  const primary = new Redis(of.primary.url);
  await expect.poll(() => primary.zcard(TARGETS)).toBe(1);
  expect(await primary.wait(1, 5_000)).toBe(1);
  primary.disconnect();
}

/** From now on the replica learns nothing more, and does not know it. */
async function cutReplica(of: OwnSentinels): Promise<void> {
  const primary = new Redis(of.primary.url);
  await primary.acl("SETUSER", "default", "-psync", "-replconf");
  await primary.call("CLIENT", "KILL", "TYPE", "replica");
  primary.disconnect();
}

test("waits outlive a failover to a replica that has everything, and calls made meanwhile are carried out", async () => {
  await using sentinels = await OwnSentinels.start();
  await using store = await RedisStore.connect(sentinels.url);
  expect(store.name).toBe(sentinels.url);
  const client = new SyncClient(await store.open(scope));
  const waits = Promise.all([client.signalAndWait("s", 2), take(client.subscribe("t"), 1)]);
  await replicated(sentinels);
  await sentinels.primary.stop("SIGKILL");
  const whileDown = [client.signalEntry("s"), client.publish("t", 1)];
  expect(await Promise.all(whileDown)).toEqual([2, 1]);
  expect(await waits).toEqual([1, [1]]);
  const now = new Redis(sentinels.replica.url);
  expect(await now.get("run:r:plan:p:case:c:states:s")).toBe("2");
  now.disconnect();
});

test("a primary that is frozen is left for the new one as soon as the Sentinels say so", async () => {
  await using sentinels = await OwnSentinels.start();
  await using store = await RedisStore.connect(sentinels.url, {}, { recheckMs: 3_600_000 });
  await using other = await RedisStore.connect(sentinels.url);
  const client = new SyncClient(await store.open(scope));
  const there = new SyncClient(await other.open(scope));
  const wait = client.barrier("s", 1);
  await replicated(sentinels);
  sentinels.primary.signal("SIGSTOP");
  await there.signalEntry("s");
  await wait;
});

test("a failover to a replica that never heard of the run ends every wait with state-lost", async () => {
  await using sentinels = await OwnSentinels.start();
  await using store = await RedisStore.connect(sentinels.url);
  await cutReplica(sentinels);
  const namespace = await store.open(scope);
  const ended = Promise.allSettled(waitsOf(namespace));
  await namespace.counters.add(key, { requestId: "1" });
  await sentinels.primary.stop("SIGKILL");
  for (const outcome of await ended) {
    expect(outcome).toMatchObject({ reason: { code: "state-lost", found: "" } });
  }
});

test("a failover to a replica that was behind ends every wait with state-lost, though the epoch is the same", async () => {
  await using sentinels = await OwnSentinels.start();
  await using store = await RedisStore.connect(sentinels.url);
  const namespace = await store.open(scope);
  const waits = waitsOf(namespace);
  const ended = Promise.allSettled(waits);
  await replicated(sentinels);
  await cutReplica(sentinels);
  expect(await namespace.counters.addAndReach(key, 2, { requestId: "2" })).toBe(2);
  await sentinels.primary.stop("SIGKILL");
  for (const outcome of await ended) {
    expect(outcome).toMatchObject({
      reason: { code: "state-lost", message: expect.stringContaining("less than it was") },
    });
  }
});

test("any Sentinel that is left is enough to connect", async () => {
  await using sentinels = await OwnSentinels.start();
  const url = sentinels.url.replace("//", `//127.0.0.1:${await freePort()},`);
  await using store = await RedisStore.connect(url);
  await store.open(scope);
});

test("Sentinels that ask for a user are told one, and the rights of docs/redis.md are enough for it", async () => {
  await using sentinels = await OwnSentinels.start();
  const [rights = []] = await documentedRights("sentinel");
  for (const port of sentinels.ports) {
    const raw = new Redis(`redis://127.0.0.1:${port}`);
    await raw.call("ACL", ...rights);
    await raw.call("ACL", "SETUSER", "default", "resetpass", "-@all", "+@connection");
    raw.disconnect();
  }
  await expect(RedisStore.connect(sentinels.url)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/NOAUTH/),
  });
  const url = `${sentinels.url}?sentinelUser=sentinel&sentinelPassword=password`;
  await using store = await RedisStore.connect(url);
  expect(store.name).toBe(sentinels.url);
  await store.open(scope);
});

test("Sentinels that are not there, do not know the primary or are none are told apart", async () => {
  await using sentinels = await OwnSentinels.start();
  const begun = performance.now();
  await expect(
    RedisStore.connect(`redis+sentinel://127.0.0.1:${await freePort()}/main`),
  ).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/ECONNREFUSED.*nothing listens there/),
  });
  await expect(RedisStore.connect(sentinels.url.replace("main", "other"))).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/no Sentinel knows a primary named "other".*correct the name/),
  });
  const none = `${sharedRedis().replace("redis:", "redis+sentinel:")}/main`;
  await expect(RedisStore.connect(none)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/unknown command.*use redis:/i),
  });
  const one = `redis://127.0.0.1:${sentinels.ports[0]}`;
  await expect(RedisStore.connect(one)).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(/it is a Sentinel; use redis\+sentinel:/),
  });
  expect(performance.now() - begun).toBeLessThan(3_000);
});

test("closing while neither primary nor Sentinels are there leaves nothing behind", async () => {
  const before = resources();
  const sentinels = await OwnSentinels.start();
  const store = await RedisStore.connect(sentinels.url);
  const { counters } = await store.open(scope);
  const ended = Promise.allSettled([counters.reach(key, 1)]);
  await sentinels[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await store.close();
  expect(await ended).toMatchObject([{ reason: { code: "closed" } }]);
  await expect.poll(resources).toEqual(before);
});

function waitsOf({ counters }: Namespace): Promise<unknown>[] {
  return [counters.addAndReach(key, 4, { requestId: "w" }), counters.reach(key, 4)];
}

/** What keeps this process alive: sockets, timers, child processes. */
function resources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout|Process/.test(name))
    .sort();
}
