import { once } from "node:events";
import { MemoryStore, openStore, type Store, type StoreStatus, SyncClient } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { serveSync } from "@groundplan/sync/service";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { FaultProxy } from "./faults/proxy.ts";
import { OwnRedis } from "./redis-server.ts";
import { onEverySetUp } from "./set-ups.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const TTL_MS = 600;

/** Everything that a store says of itself from now on. */
class Followed {
  readonly said: StoreStatus[] = [];
  readonly ended: Promise<void>;
  readonly #awaited: (() => void)[] = [];

  constructor(store: Store) {
    this.ended = this.#follow(store);
  }

  /** Resolves once it has said so as often as that. */
  async until(status: StoreStatus, times = 1): Promise<void> {
    while (this.said.filter((one) => one === status).length < times) {
      await new Promise<void>((resolve) => this.#awaited.push(resolve));
    }
  }

  async #follow(store: Store): Promise<void> {
    for await (const status of store.status()) {
      this.said.push(status);
      for (const wake of this.#awaited.splice(0)) wake();
    }
  }
}

onEverySetUp("the status", ({ pair }) => {
  test("is known at once, the same for everybody who asks, and waits for no longer than it is told", async () => {
    const [{ store }] = await pair();
    const statuses = store.status({ timeoutMs: 20 })[Symbol.asyncIterator]();
    expect(await statuses.next()).toEqual({ value: "connected", done: false });
    await expect(statuses.next()).rejects.toMatchObject({
      code: "timeout",
      message: "the store was connected for 20 ms",
    });
    const stop = new AbortController();
    const stopped = store.status({ signal: stop.signal })[Symbol.asyncIterator]();
    await stopped.next();
    const next = stopped.next();
    stop.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
  });
});

describe("the status of a store in memory", () => {
  test("is closed once it is closed, which is the last that is said, also to a reader who came late", async () => {
    const store = new MemoryStore();
    const followed = new Followed(store);
    await followed.until("connected");
    await store.close();
    await store.close();
    await followed.ended;
    expect(followed.said).toEqual(["connected", "closed"]);
    const late = new Followed(store);
    await late.ended;
    expect(late.said).toEqual(["closed"]);
  });

  test("is lost, once, when all that its sessions held is gone, and connected again", async () => {
    const store = new MemoryStore();
    const followed = new Followed(store);
    const runs = await Promise.all(
      ["1", "2", "3"].map((run) => store.open({ run, plan: "p", case: "c" })),
    );
    for (const run of runs) await run.session();
    store.loseState();
    await followed.until("connected", 2);
    await store.close();
    await followed.ended;
    expect(followed.said).toEqual(["connected", "lost", "connected", "closed"]);
  });
});

describe("the status of a store behind a service", () => {
  test("is closed once it is closed", async () => {
    await using backing = new MemoryStore();
    await using service = await serveSync(backing, { port: 0 });
    const store = await openStore(service.url);
    const followed = new Followed(store);
    await followed.until("connected");
    await store.close();
    await followed.ended;
    expect(followed.said).toEqual(["connected", "closed"]);
  });
});

describe("the status of a store in Redis", () => {
  test("is doubtful, lost and connected once an outage, however often its connection comes and goes [80]", async () => {
    await using server = await OwnRedis.start();
    await using proxy = await FaultProxy.start(server.port);
    const store = await RedisStore.connect(proxy.redisUrl);
    const followed = new Followed(store);
    const namespace = await store.open(scope, { sessionTtlMs: TTL_MS });
    for (let outage = 1; outage <= 3; outage++) {
      const session = await namespace.session();
      const lost = once(session.lost, "abort");
      // So soon after one another that no connection comes to be one again.
      for (let i = 0; i < 10; i++) {
        const taken = proxy.connections;
        proxy.cut();
        await expect.poll(() => proxy.connections, { interval: 5 }).toBeGreaterThan(taken);
      }
      void proxy.refuse();
      await lost;
      proxy.heal();
      await followed.until("connected", outage + 1);
    }
    await store.close();
    await followed.ended;
    const outage = ["doubtful", "lost", "connected"];
    expect(followed.said).toEqual(["connected", ...outage, ...outage, ...outage, "closed"]);
  });

  test("is not lost by an outage that its sessions outlive, and closed when it is closed in one", async () => {
    await using server = await OwnRedis.start();
    await using proxy = await FaultProxy.start(server.port);
    const store = await RedisStore.connect(proxy.redisUrl);
    const followed = new Followed(store);
    await (await store.open(scope)).session();
    void proxy.refuse();
    await followed.until("doubtful");
    proxy.heal();
    await followed.until("connected", 2);
    void proxy.refuse();
    await followed.until("doubtful", 2);
    await store.close();
    await followed.ended;
    const outage = ["connected", "doubtful"];
    expect(followed.said).toEqual([...outage, ...outage, "closed"]);
  });

  test("is lost when Redis gives up a session or forgets the run, on a connection that holds", async () => {
    await using server = await OwnRedis.start();
    const raw = new Redis(server.url);
    const store = await RedisStore.connect(server.url);
    const followed = new Followed(store);
    const { session } = await store.open(scope, { sessionTtlMs: TTL_MS });
    const first = once((await session()).lost, "abort");
    await raw.del("gp:sess:run:r:plan:p:case:c");
    await first;
    await followed.until("connected", 2);
    const second = once((await session()).lost, "abort");
    await raw.flushall();
    await second;
    await followed.until("connected", 3);
    await store.close();
    await followed.ended;
    const loss = ["lost", "connected"];
    expect(followed.said).toEqual(["connected", ...loss, ...loss, "closed"]);
    raw.disconnect();
  });

  test("is lost for who was stopped for longer than its session lives, without an end of its connection", async () => {
    await using server = await OwnRedis.start();
    const store = await RedisStore.connect(server.url);
    const followed = new Followed(store);
    const namespace = await store.open(scope, { sessionTtlMs: TTL_MS });
    const lost = once((await namespace.session()).lost, "abort");
    server.signal("SIGSTOP");
    await lost;
    server.signal("SIGCONT");
    await followed.until("connected", 2);
    await new SyncClient(namespace).signalEntry("s");
    await store.close();
    await followed.ended;
    expect(followed.said).toEqual(["connected", "lost", "connected", "closed"]);
  });

  test("says every change in order to a reader who reads late", async () => {
    await using server = await OwnRedis.start();
    await using proxy = await FaultProxy.start(server.port);
    const store = await RedisStore.connect(proxy.redisUrl);
    const slow = store.status()[Symbol.asyncIterator]();
    await slow.next();
    const followed = new Followed(store);
    proxy.cut();
    await followed.until("connected", 2);
    await store.close();
    const rest: StoreStatus[] = [];
    for (let next = await slow.next(); next.done !== true; next = await slow.next()) {
      rest.push(next.value);
    }
    expect(rest).toEqual(["doubtful", "connected", "closed"]);
  });
});
