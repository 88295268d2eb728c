import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { LeaderElection, Mutex, type Namespace } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { take } from "./conformance.ts";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnRedis } from "./redis-server.ts";

const TTL_MS = 600;

let server: OwnRedis;
let raw: Redis;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await OwnRedis.start();
  raw = new Redis(server.url);
});
afterAll(async () => {
  raw.disconnect();
  await server.stop();
});
beforeEach(async () => {
  proxy = await FaultProxy.start(server.port);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
});

/** A fresh run, as it is opened by several processes. */
function freshRun(options?: { sessionTtlMs: number }): (store: RedisStore) => Promise<Namespace> {
  const scope = { run: randomUUID(), plan: "p", case: "c" };
  return (store) => store.open(scope, options);
}

/** The sessions and requests of the run that Redis knows of. */
async function left({ scope }: Namespace): Promise<readonly string[]> {
  const base = `run:${scope.run}:plan:p:case:c`;
  const sessions = await raw.zrange(`gp:sess:${base}`, "0", "-1");
  const requests = await raw.keys(`gp:own:${base}*`);
  return [...sessions, ...requests];
}

test("when the connection of all candidates is lost none leads, and exactly one does when it is back [78]", async () => {
  const open = freshRun({ sessionTtlMs: TTL_MS });
  const stores = await Promise.all([1, 2, 3].map(() => RedisStore.connect(proxy.redisUrl)));
  const candidates: LeaderElection[] = [];
  const most = { leaders: 0 };
  let terms = 0;
  const leaders = (): number => candidates.filter(({ isLeader }) => isLeader).length;
  const end = new AbortController();
  const runs = stores.map(async (store, i) => {
    const onElected = (): void => {
      terms++;
      most.leaders = Math.max(most.leaders, leaders());
    };
    const election = new LeaderElection(await open(store), "e", { candidate: `${i}`, onElected });
    candidates.push(election);
    while (!end.signal.aborted) {
      try {
        const leadership = await election.campaign(null, { signal: end.signal });
        await new Promise<void>((resolve) => leadership.onEnd(() => resolve()));
      } catch (error) {
        if (!end.signal.aborted) expect(error).toMatchObject({ code: "session-lost" });
      }
    }
  });
  await expect.poll(leaders).toBe(1);
  for (let outage = 1; outage <= 2; outage++) {
    void proxy.refuse();
    await expect.poll(leaders).toBe(0);
    const before = terms;
    await pause(TTL_MS);
    expect([leaders(), terms]).toEqual([0, before]);
    proxy.heal();
    await expect.poll(leaders).toBe(1);
    expect(terms).toBeGreaterThan(before);
  }
  end.abort();
  for (const candidate of candidates) await candidate.resign();
  await Promise.all(runs);
  expect(most.leaders).toBe(1);
  for (const store of stores) await store.close();
});

test("a candidate that is closed before its first connection leaves nothing behind [82]", async () => {
  await using here = await RedisStore.connect(proxy.redisUrl);
  await using there = await RedisStore.connect(server.url);
  const open = freshRun();
  const [mine, theirs] = [await open(here), await open(there)];
  const close: Readonly<Record<string, (election: LeaderElection) => Promise<unknown>>> = {
    resigned: (election) => election.resign(),
    closed: () => mine.close(),
  };
  for (const end of Object.values(close)) {
    void proxy.refuse();
    const election = new LeaderElection(mine, "e");
    const campaign = election.campaign(null);
    const refused = expect(campaign).rejects.toMatchObject({ code: "closed" });
    await end(election);
    await refused;
    proxy.heal();
    // Answered on the same connection, behind all that was sent.
    await here.foreign.counters.read("run:x:plan:p:case:c:states:s");
    expect(await new LeaderElection(theirs, "e").participants()).toEqual([]);
  }
  await expect.poll(() => left(theirs)).toEqual([]);
});

test("a connection given up before the first server answers leaves nothing behind [82]", async () => {
  proxy.blackhole();
  const stop = new AbortController();
  const connecting = RedisStore.connect(proxy.redisUrl, { signal: stop.signal });
  await expect.poll(() => proxy.connections).toBe(1);
  stop.abort(new Error("enough"));
  await expect(connecting).rejects.toThrow("enough");
  proxy.heal();
  await expect.poll(async () => String(await raw.client("LIST"))).not.toContain("groundplan:");
});

test("with no server at the start a candidate is elected once, when there is one [82]", async () => {
  await using late = await OwnRedis.start();
  await late.stop();
  let refusals = 0;
  const appears = async (): Promise<RedisStore> => {
    for (;;) {
      try {
        return await RedisStore.connect(late.url);
      } catch (error) {
        expect(error).toMatchObject({ code: "connection" });
        refusals++;
        await pause(20);
      }
    }
  };
  let elections = 0;
  const campaign = async (): Promise<RedisStore> => {
    const store = await appears();
    const run = await freshRun()(store);
    const onElected = (): void => {
      elections++;
    };
    const election = new LeaderElection(run, "e", { candidate: "one", onElected });
    await election.campaign(null);
    expect(await election.participants()).toEqual(["one"]);
    return store;
  };
  const campaigning = campaign();
  await expect.poll(() => refusals).toBeGreaterThan(2);
  await late.start();
  await (await campaigning).close();
  expect(elections).toBe(1);
});

test("a candidate that campaigns while there is no connection is elected once, when there is one [82]", async () => {
  await using store = await RedisStore.connect(proxy.redisUrl);
  const run = await freshRun()(store);
  let elections = 0;
  const onElected = (): void => {
    elections++;
  };
  const election = new LeaderElection(run, "e", { candidate: "one", onElected });
  void proxy.refuse();
  const campaigning = election.campaign(null);
  await pause(100);
  expect(election.isLeader).toBe(false);
  proxy.heal();
  const leadership = await campaigning;
  expect(await election.participants()).toEqual(["one"]);
  expect([elections, leadership.term]).toEqual([1, 1]);
});

test("a candidacy that was made and not confirmed leaves no phantom when it is given up, and a new campaign works [84]", async () => {
  await using here = await RedisStore.connect(proxy.redisUrl);
  await using there = await RedisStore.connect(server.url);
  const open = freshRun();
  const [mine, theirs] = [await open(here), await open(there)];
  await new Mutex(mine, "warm").run(() => {});
  const election = new LeaderElection<string>(mine, "e", { candidate: "cut off" });
  const other = new LeaderElection<string>(theirs, "e", { candidate: "other" });
  for (const isHeld of [false, true]) {
    const leadership = isHeld ? await other.campaign("of the other") : undefined;
    const before = proxy.lostReplies;
    proxy.dropReplies();
    const campaign = election.campaign("of the one cut off", { timeoutMs: 2_000 });
    const late = expect(campaign).rejects.toMatchObject({ code: "timeout" });
    // It was made: in the queue, or even granted.
    await expect.poll(() => other.participants()).toContain("cut off");
    expect(proxy.lostReplies).toBeGreaterThan(before);
    void proxy.refuse();
    await late;
    expect(election.isLeader).toBe(false);
    proxy.heal();
    const remaining = isHeld ? ["other"] : [];
    await expect.poll(() => other.participants()).toEqual(remaining);
    await leadership?.release();
  }
  const anew = await election.campaign("anew");
  expect(await other.participants()).toEqual(["cut off"]);
  expect(await take(other.observe(), 1)).toEqual([
    { leader: "cut off", term: anew.term, payload: "anew" },
  ]);
  await anew.release();
});

test("a candidacy that was made and not confirmed is found again by who still campaigns, once [84]", async () => {
  await using here = await RedisStore.connect(proxy.redisUrl);
  await using there = await RedisStore.connect(server.url);
  const open = freshRun();
  const [mine, theirs] = [await open(here), await open(there)];
  await new Mutex(mine, "warm").run(() => {});
  const before = proxy.lostReplies;
  proxy.commitThenDrop();
  const election = new LeaderElection(mine, "e", { candidate: "one" });
  const leadership = await election.campaign(null);
  expect(proxy.lostReplies).toBe(before + 1);
  expect(leadership.term).toBe(1);
  const other = new LeaderElection(theirs, "e", { candidate: "two" });
  expect(await other.participants()).toEqual(["one"]);
  await leadership.release();
  expect((await other.campaign(null)).term).toBe(2);
});
