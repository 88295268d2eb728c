import { SyncClient } from "@groundplan/sync";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import { onEverySetUp } from "./set-ups.ts";

const THOUSAND = Array.from({ length: 1_000 }, (_, i) => i + 1);

onEverySetUp("large topics", ({ pair }) => {
  const clients = async (): Promise<readonly [SyncClient, SyncClient]> => {
    const [a, b] = await pair();
    return [new SyncClient(a), new SyncClient(b)];
  };

  test("1,000 publishes, one after the other, return 1 to 1,000, and a late subscriber gets all in order [120]", async () => {
    const [a, b] = await clients();
    for (const i of THOUSAND) expect(await a.publish("t", i)).toBe(i);
    expect(await take(b.subscribe("t"), 1_000)).toEqual(THOUSAND);
  });

  test("a subscriber that was first gets what 1,000 publish at once, every number once and nothing more [120]", async () => {
    const [a, b] = await clients();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const value of b.subscribe<string>("t")) {
        seen.push(value);
        if (value === "last") break;
      }
    })();
    const seqs = await Promise.all(
      THOUSAND.map(async (i) => [await (i % 2 ? a : b).publish("t", `${i}`), `${i}`] as const),
    );
    expect(await a.publish("t", "last")).toBe(1_001);
    await reading;
    const bySeq = seqs.toSorted(([x], [y]) => x - y);
    expect(bySeq.map(([seq]) => seq)).toEqual(THOUSAND);
    expect(seen).toEqual([...bySeq.map(([, value]) => value), "last"]);
  });

  test("100 messages on each of 100 topics are numbered by topic, and all are there [120]", async () => {
    const [a, b] = await clients();
    const topics = Array.from({ length: 100 }, (_, i) => `t${i}`);
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    await Promise.all(
      topics.map(async (name, t) => {
        const publisher = t % 2 ? a : b;
        const seqs = await Promise.all(hundred.map((i) => publisher.publish(name, i)));
        expect(seqs.toSorted((x, y) => x - y)).toEqual(hundred);
      }),
    );
    for (const name of topics) {
      const values = await b.collect<number>(name, 100);
      expect(values.toSorted((x, y) => x - y)).toEqual(hundred);
    }
  });

  test("1,000 publishes of the same value return 1 to 1,000 [120]", async () => {
    const [a, b] = await clients();
    const seqs = await Promise.all(THOUSAND.map((i) => (i % 2 ? a : b).publish("t", "x")));
    expect(seqs.toSorted((x, y) => x - y)).toEqual(THOUSAND);
  });

  test("a subscriber that is taken off and put on again, 20 times, reads 1,000 messages without loss or repetition [95]", async () => {
    const [a, b] = await clients();
    const publishing = (async () => {
      for (const i of THOUSAND) await a.publish("t", i);
    })();
    const seen: number[] = [];
    while (seen.length < 1_000) {
      seen.push(...(await take(b.subscribe<number>("t", { after: seen.length }), 50)));
    }
    await publishing;
    expect(seen).toEqual(THOUSAND);
  });
});
