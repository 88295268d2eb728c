import {
  CyclicBarrier,
  LeaderElection,
  Membership,
  MultiLock,
  Mutex,
  type Namespace,
  ReadWriteLock,
  Semaphore,
  SyncClient,
  WorkQueue,
} from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { take } from "./conformance.ts";
import { OwnCluster } from "./redis-deployments.ts";

/** Enough of them to be on every node. */
const RUNS = Array.from({ length: 12 }, (_, i) => `run-${i}`);

let cluster: OwnCluster;
let stores: readonly [RedisStore, RedisStore];

beforeAll(async () => {
  cluster = await OwnCluster.start();
  stores = [await RedisStore.connect(cluster.url), await RedisStore.connect(cluster.url)];
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await cluster[Symbol.asyncDispose]();
});

type Pair = readonly [Namespace, Namespace];

/** Each between two processes, in one run. */
const recipes: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  async mutex(pair) {
    let inside = 0;
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        new Mutex(pair[i % 2 ? 0 : 1], "m").run(async ({ token }) => {
          expect(++inside).toBe(1);
          await pair[0].counters.read({ kind: "own", name: "turn" });
          inside--;
          return token.n;
        }),
      ),
    );
    expect(tokens.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  },
  async semaphore(pair) {
    const most = { held: 0, now: 0 };
    const work = (i: number): Promise<void> =>
      new Semaphore(pair[i % 2 ? 0 : 1], "s", 3).run(
        async ({ permits }) => {
          most.now += permits;
          most.held = Math.max(most.held, most.now);
          await pair[0].counters.read({ kind: "own", name: "turn" });
          most.now -= permits;
        },
        { permits: 1 + (i % 2) },
      );
    await Promise.all(Array.from({ length: 10 }, (_, i) => work(i)));
    expect(most.held).toBeLessThanOrEqual(3);
    expect(await new Semaphore(pair[0], "s", 3).available()).toBe(3);
  },
  async "locks together"([a, b]) {
    const both = new MultiLock(a, [new Mutex(a, "x"), new ReadWriteLock(a, "rw").writing]);
    const lease = await both.lock();
    expect(await new ReadWriteLock(b, "rw").tryRead()).toBeUndefined();
    await lease.release();
    expect(await (await both.tryLock())?.release()).toBe(true);
    await (await new ReadWriteLock(b, "rw").read()).release();
  },
  async election([a, b]) {
    const one = new LeaderElection<string>(a, "e", { candidate: "one" });
    const two = new LeaderElection<string>(b, "e", { candidate: "two" });
    const first = await one.campaign("first");
    const next = two.campaign("second");
    await expect.poll(() => one.participants()).toEqual(["one", "two"]);
    await first.release();
    const second = await next;
    expect(second.term).toBe(2);
    expect(await take(one.observe(), 1)).toEqual([{ leader: "two", term: 2, payload: "second" }]);
    await second.release();
  },
  async queue([a, b]) {
    const [putter, taker] = [new WorkQueue<number>(a, "jobs"), new WorkQueue<number>(b, "jobs")];
    const done: number[] = [];
    const stop = new AbortController();
    const consuming = taker.consume(
      ({ value }) => {
        if (done.push(value) === 10) stop.abort(new Error("enough"));
      },
      { signal: stop.signal },
    );
    const ended = expect(consuming).rejects.toThrow("enough");
    for (let i = 0; i < 10; i++) await putter.put(i);
    await ended;
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await putter.size()).toEqual({ ready: 0, delayed: 0, taken: 0, dead: 0 });
  },
  async membership([a, b]) {
    const [here, there] = [new Membership<number>(a, "g"), new Membership<number>(b, "g")];
    const all = there.awaitMembers(["one", "two"]);
    const one = await here.join("one", 1);
    await there.join("two", 2);
    expect((await all).map(({ id, payload }) => [id, payload])).toEqual([
      ["one", 1],
      ["two", 2],
    ]);
    await one.leave();
    expect((await here.members()).map(({ id }) => id)).toEqual(["two"]);
  },
  async barrier([a, b]) {
    const clients = [new SyncClient(a), new SyncClient(b)];
    const seqs = await Promise.all(clients.map((client) => client.signalAndWait("ready", 2)));
    expect(seqs.toSorted()).toEqual([1, 2]);
    const cyclic = [a, b].map((run) => new CyclicBarrier(run, "round", 2));
    for (let round = 0; round < 3; round++) {
      await Promise.all(cyclic.map((barrier) => barrier.arrive()));
    }
  },
};

test.each(Object.entries(recipes))(
  "%s works in twelve runs at once on the nodes of a cluster",
  async (_, recipe) => {
    const work = RUNS.map(async (run) => {
      const scope = { run, plan: "p", case: "c" };
      await recipe([await stores[0].open(scope), await stores[1].open(scope)]);
    });
    await Promise.all(work);
    const places = cluster.nodes.map(async ({ url }) => {
      const raw = new Redis(url);
      const keys = await raw.keys("gp:meta:*");
      raw.disconnect();
      return keys.length;
    });
    expect(Math.min(...(await Promise.all(places)))).toBeGreaterThan(0);
  },
);

test("the status of a store is doubtful while a node of the cluster is away, and connected when it is back", async () => {
  await using own = await OwnCluster.start("--appendonly", "yes", "--appendfsync", "always");
  const store = await RedisStore.connect(own.url);
  const statuses = store.status()[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => (await statuses.next()).value;
  expect(await next()).toBe("connected");
  const runs = await Promise.all(RUNS.map((run) => store.open({ run, plan: "p", case: "c" })));
  for (const run of runs) await run.session();
  await own.nodes[0]?.stop();
  const calls = runs.map((run) => new SyncClient(run).signalEntry("s"));
  expect(await next()).toBe("doubtful");
  await own.nodes[0]?.start();
  await Promise.all(calls);
  expect(await next()).toBe("connected");
  await store.close();
  expect(await next()).toBe("closed");
});
