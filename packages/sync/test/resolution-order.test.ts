import { Mutex, type Namespace, type Versioned } from "@groundplan/sync";
import { expect, test } from "vitest";
import { onEverySetUp } from "./set-ups.ts";

const counter = { kind: "own", name: "c" } as const;
const log = { kind: "topic", name: "t" } as const;
const MANY = 200;
const dense = Array.from({ length: MANY }, (_, i) => i + 1);

/** What calls resolve with, in the order in which they do. */
async function inOrder<T>(calls: readonly Promise<T>[]): Promise<readonly T[]> {
  const results: T[] = [];
  await Promise.all(calls.map((call) => call.then((result) => results.push(result))));
  return results;
}

const times = <T>(call: (i: number) => Promise<T>): readonly Promise<T>[] =>
  Array.from({ length: MANY }, (_, i) => call(i));

onEverySetUp("resolution", ({ pair }) => {
  const operations: Readonly<Record<string, (run: Namespace) => Promise<unknown>>> = {
    add: (run) => run.counters.add(counter, { requestId: "1" }),
    reach: (run) => run.counters.reach(counter, 1),
    read: (run) => run.counters.read(counter),
    "target 0": (run) => run.counters.reach(counter, 0),
    append: (run) => run.logs.append(log, "1", { requestId: "2" }),
    collect: (run) => run.logs.collect(log, 1),
    "no entries": (run) => run.logs.collect(log, 0),
    write: (run) => run.registers.write("r", "1", { requestId: "3" }),
    lock: (run) => new Mutex(run, "m").lock(),
    session: (run) => run.session(),
  };

  test("comes in a later turn than the call, whether there was anything to wait for or not [138]", async () => {
    const [a] = await pair();
    for (const operation of Object.values(operations)) {
      const order: string[] = [];
      const resolved = operation(a).then(() => order.push("resolved"));
      order.push("called");
      await resolved;
      expect(order).toEqual(["called", "resolved"]);
    }
  });

  test("never runs what waits within the call that ends its wait [138]", async () => {
    const [a, b] = await pair();
    const seen: Versioned[] = [];
    const order: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const version of a.registers.watch("r")) {
        order.push("told");
        if (seen.push(version) === 1) break;
      }
    };
    const told = [follow(), a.counters.reach(counter, 1).then(() => order.push("reached"))];
    await b.counters.read(counter);
    const ends = [
      b.registers.write("r", "1", { requestId: "1" }),
      b.counters.add(counter, { requestId: "2" }),
    ];
    order.push("called");
    await Promise.all([...told, ...ends]);
    expect(order[0]).toBe("called");
    expect(order.slice(1).sort()).toEqual(["reached", "told"]);
  });

  test("of calls of one process comes in the order of the store [138]", async () => {
    const [a] = await pair();
    const counts = times((i) => a.counters.add(counter, { requestId: `${i}` }));
    expect(await inOrder(counts)).toEqual(dense);
    const seqs = times((i) => a.logs.append(log, `${i}`, { requestId: `${i}` }));
    expect(await inOrder(seqs)).toEqual(dense);
    const entries = await a.logs.snapshot(log);
    expect(entries.map(({ json }) => Number(json))).toEqual([...Array(MANY).keys()]);
  });

  test("of waits comes in the order in which the store meets them, not that in which they began [138]", async () => {
    const [a, b] = await pair();
    const targets = dense.toReversed();
    const waits = targets.map(async (target) => {
      await a.counters.reach(counter, target);
      return target;
    });
    await Promise.all(targets.map((target) => a.counters.declared(counter).then(() => target)));
    const adding = (async () => {
      for (const i of dense) await b.counters.add(counter, { requestId: `${i}` });
    })();
    expect(await inOrder(waits)).toEqual(dense);
    await adding;
  });

  test("of locks comes in the order of the queue [138]", async () => {
    const [a] = await pair();
    const mutex = new Mutex(a, "m");
    const tokens = times(() => mutex.run(({ token }) => token.n));
    expect(await inOrder(tokens)).toEqual(dense);
  });
});
