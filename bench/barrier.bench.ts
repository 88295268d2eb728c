import { MemoryStore, type Namespace, openStore, type Store, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { afterAll, bench, describe, inject } from "vitest";

const redisUrl = inject("redisUrl");
if (redisUrl === undefined) throw new Error("this benchmark needs a redis-server");

const memory = new MemoryStore();
const service = await serveSync(memory, { port: 0 });
const stores: readonly (readonly [name: string, store: Store])[] = [
  ["memory, the baseline", memory],
  ["redis", await openStore(redisUrl)],
  ["sync service on memory", await openStore(service.url)],
];
afterAll(async () => {
  for (const [, store] of stores.toReversed()) await store.close();
  await service.close();
});

/** Each round is a run of its own, so that no barrier finds its state reached already. */
let rounds = 0;
const open = (store: Store): Promise<Namespace> =>
  store.open({ run: `bench-${process.pid}-${++rounds}`, plan: "bench", case: "barrier" });

describe.each([10, 100, 1_000])("%i instances of one process", (n) => {
  describe("signal and wait for all", () => {
    for (const [name, store] of stores) {
      bench(name, async () => {
        await using namespace = await open(store);
        const client = new SyncClient(namespace);
        await Promise.all(Array.from({ length: n }, () => client.signalAndWait("s", n)));
        await namespace.drop();
      });
    }
  });

  describe("exchange a value with all", () => {
    for (const [name, store] of stores) {
      bench(name, async () => {
        await using namespace = await open(store);
        const key = { kind: "own", name: "values" } as const;
        await Promise.all(
          Array.from({ length: n }, async (_, i) => {
            await namespace.logs.append(key, `${i}`, { requestId: `${i}` });
            await namespace.logs.collect(key, n);
          }),
        );
        await namespace.drop();
      });
    }
  });
});
