import { MemoryStore, Mutex, openStore, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { describe, expect, test } from "vitest";
import { take } from "./conformance.ts";
import { ShufflingRelay } from "./shuffling-relay.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const COUNT = 100;
const dense = Array.from({ length: COUNT }, (_, i) => i + 1);

/** What two instances find when they do much at once, in an order that does not depend on the network. */
async function meet(url: string): Promise<readonly unknown[]> {
  const stores = [await openStore(url), await openStore(url)];
  const [a, b] = await Promise.all(stores.map(async (s) => new SyncClient(await s.open(scope))));
  if (a === undefined || b === undefined) throw new Error("there are two");
  const barriers = dense.map(async (target) => {
    await (target % 2 ? a : b).barrier("s", target);
    return target;
  });
  const reads = [a, b].map((client) => take(client.subscribe<string>("t"), 2 * COUNT));
  const signals = dense.map((i) => (i % 2 ? a : b).signalEntry("s"));
  const seqs: number[] = [];
  for (const i of dense) seqs.push(await a.publish("t", `one after the other ${i}`));
  const pipelined = await Promise.all(dense.map((i) => (i % 2 ? a : b).publish("t", `both ${i}`)));
  const met = await Promise.all([a.signalAndWait("end", 2), b.signalAndWait("end", 2)]);
  const [one = [], other] = await Promise.all(reads);
  expect(one).toEqual(other);
  // What was published with the number is what is read at it.
  expect(pipelined.map((seq, i) => one[seq - 1] === `both ${i + 1}`)).not.toContain(false);
  const found = [await Promise.all(barriers), (await Promise.all(signals)).toSorted(byNumber)];
  for (const store of stores) await store.close();
  return [
    ...found,
    seqs,
    pipelined.toSorted(byNumber),
    met.toSorted(byNumber),
    one.slice(0, COUNT),
    one.slice(COUNT).toSorted(),
  ];
}

const byNumber = (x: number, y: number): number => x - y;

describe.each([
  ["Testground's protocol, with requests handled in any order", true],
  ["the extension", false],
])("by %s", (_, isTestgrounds) => {
  test.each([1, 2, 3])(
    "a server that answers out of order gives the results of one that does not (%i) [123]",
    async (seed) => {
      const results: (readonly unknown[])[] = [];
      await using straightMemory = new MemoryStore();
      await using straight = await serveSync(straightMemory, { port: 0 });
      results.push(await meet(straight.url));
      await using memory = new MemoryStore();
      await using service = await serveSync(memory, { port: 0 });
      await using relay = await ShufflingRelay.start(service.url, { seed, isTestgrounds });
      results.push(await meet(relay.url));
      expect(results[1]).toEqual(results[0]);
      expect(relay.moved).toBeGreaterThan(COUNT);
    },
  );
});

test("locks behind a server that answers out of order are held by one at a time [123]", async () => {
  await using memory = new MemoryStore();
  await using service = await serveSync(memory, { port: 0 });
  await using relay = await ShufflingRelay.start(service.url, { seed: 4, isTestgrounds: false });
  await using store = await openStore(relay.url);
  const runs = [await store.open(scope), await store.open(scope)];
  let inside = 0;
  const tokens = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const run = runs[i % 2];
      if (run === undefined) throw new Error("there are two");
      return new Mutex(run, "m").run(async ({ token }) => {
        expect(++inside).toBe(1);
        await run.counters.add({ kind: "own", name: "turn" }, { requestId: `${i}` });
        inside--;
        return token.n;
      });
    }),
  );
  expect(tokens.toSorted(byNumber)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});
