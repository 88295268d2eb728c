import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import {
  LeaderElection,
  Mutex,
  type Namespace,
  openStore,
  Semaphore,
  SyncClient,
} from "@groundplan/sync";
import { Redis } from "ioredis";

/** What N waiters at one place cost, on a Redis of our own. Run with --expose-gc. */
interface Place {
  readonly name: string;
  /** Resolves when the waiter has had its turn. */
  readonly wait: (namespace: Namespace, waiters: number) => Promise<unknown>;
  /** Holds everybody up, until what it gives is called. */
  readonly block: (namespace: Namespace) => Promise<() => Promise<unknown>>;
  /** How many are held up now. */
  readonly waiting: (namespace: Namespace) => Promise<number>;
}

const queueOf = async (namespace: Namespace, claim: string): Promise<number> =>
  (await namespace.claims.inspect(claim)).queue.length;

const places: readonly Place[] = [
  {
    name: "mutex",
    wait: async (namespace) => {
      await using _lease = await new Mutex(namespace, "m").lock();
    },
    block: async (namespace) => {
      const lease = await new Mutex(namespace, "m").lock();
      return () => lease.release();
    },
    waiting: (namespace) => queueOf(namespace, "mutex:m"),
  },
  {
    name: "semaphore(100)",
    wait: async (namespace) => {
      await using _lease = await new Semaphore(namespace, "s", 100).acquire();
    },
    block: async (namespace) => {
      const lease = await new Semaphore(namespace, "s", 100).acquire({ permits: 100 });
      return () => lease.release();
    },
    waiting: (namespace) => queueOf(namespace, "semaphore:s"),
  },
  {
    name: "barrier",
    wait: (namespace, waiters) => new SyncClient(namespace).signalAndWait("b", waiters + 1),
    block: async (namespace) => () => new SyncClient(namespace).signalEntry("b"),
    waiting: (namespace) => namespace.counters.read({ kind: "state", name: "b" }),
  },
  {
    name: "election",
    wait: async (namespace) => {
      await using _term = await new LeaderElection(namespace, "e").campaign(null);
    },
    block: async (namespace) => {
      const election = new LeaderElection(namespace, "e");
      await election.campaign(null);
      return () => election.resign();
    },
    waiting: (namespace) => queueOf(namespace, "election:e"),
  },
];

const PROCESSES = 4;

async function measure(place: Place, n: number, url: string, redis: Redis): Promise<string> {
  const stores = await Promise.all(Array.from({ length: PROCESSES }, () => openStore(url)));
  const scope = { run: `${place.name}-${n}`, plan: "bench", case: "waiters" };
  const namespaces = await Promise.all(stores.map((store) => store.open(scope)));
  const [first] = namespaces;
  if (first === undefined) throw new Error("no store");
  const open = await place.block(first);
  const before = heap();
  const start = performance.now();
  const waits = Array.from({ length: n }, (_, i) => {
    const namespace = namespaces[i % PROCESSES] ?? first;
    return place.wait(namespace, n);
  });
  while ((await place.waiting(first)) < n) await new Promise(setImmediate);
  const queuedMs = performance.now() - start;
  const perWaiter = (heap() - before) / n;
  await redis.config("RESETSTAT");
  const released = performance.now();
  await open();
  await Promise.all(waits);
  const turnsMs = performance.now() - released;
  const { scripts, messages } = await commands(redis);
  await first.drop();
  for (const store of stores) await store.close();
  const cells = [
    place.name,
    n,
    queuedMs.toFixed(0),
    turnsMs.toFixed(0),
    (scripts / n).toFixed(2),
    (messages / n).toFixed(2),
    Math.round(perWaiter),
  ];
  return `| ${cells.join(" | ")} |`;
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Since the last reset. */
async function commands(redis: Redis): Promise<{ scripts: number; messages: number }> {
  const stats = await redis.info("commandstats");
  const calls = (command: string): number =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return { scripts: calls("evalsha") + calls("eval"), messages: calls("publish") };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return address !== null && typeof address === "object" ? address.port : 0;
}

const port = await freePort();
const server = spawn("redis-server", ["--port", `${port}`, "--save", ""]);
for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
  if (String(chunk).includes("Ready to accept connections")) break;
}
server.stdout.resume();
const redis = new Redis(port);
console.log(
  "| place | waiters | all waiting after ms | all done after ms | scripts a turn | messages a turn | bytes a waiter |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const place of places) {
  for (const n of [10, 100, 1_000, 10_000]) {
    console.log(await measure(place, n, `redis://127.0.0.1:${port}`, redis));
  }
}
redis.disconnect();
server.kill();
