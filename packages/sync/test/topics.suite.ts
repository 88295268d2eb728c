import { SyncClient, topic } from "@groundplan/sync";
import { expect, test } from "vitest";
import { z } from "zod";
import { take } from "./conformance.ts";
import type { Ground } from "./set-ups.ts";

export function topicSuite({ pair }: Ground): void {
  const clients = async (): Promise<readonly [SyncClient, SyncClient]> => {
    const [a, b] = await pair();
    return [new SyncClient(a), new SyncClient(b)];
  };

  test("a subscriber that left goes on behind what it has read, without loss or repetition [95]", async () => {
    const [a, b] = await clients();
    for (let i = 1; i <= 30; i++) await a.publish("t", i);
    const read: number[] = [];
    while (read.length < 40) {
      const more = take(b.subscribe<number>("t", { after: read.length, timeoutMs: 5_000 }), 10);
      if (read.length === 30) for (let i = 31; i <= 40; i++) await a.publish("t", i);
      read.push(...(await more));
    }
    expect(read).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  test("a subscriber may start behind entries that are still to come", async () => {
    const [a, b] = await clients();
    const read = take(b.subscribe<number>("t", { after: 3, timeoutMs: 5_000 }), 2);
    for (let i = 1; i <= 5; i++) await a.publish("t", i);
    expect(await read).toEqual([4, 5]);
  });

  test("messages published while subscribers attach reach all of them, in order, once [93]", async () => {
    const [a, b] = await clients();
    const reads: Promise<number[]>[] = [];
    for (let i = 0; i < 100; i++) {
      const [publisher, subscriber] = i % 2 ? [a, b] : [b, a];
      if (i % 7 === 0) reads.push(take(subscriber.subscribe<number>("t"), 100));
      await publisher.publish("t", i);
    }
    for (const read of await Promise.all(reads)) expect(read).toEqual([...Array(100).keys()]);
  });

  test("collect gives every caller the same first values, once there are so many", async () => {
    const [a, b] = await clients();
    const collected = Promise.all([a, b, a].map((client) => client.collect<number>("t", 5)));
    await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? a : b).publish("t", i)));
    const [first, ...others] = await collected;
    expect(first).toHaveLength(5);
    for (const other of others) expect(other).toEqual(first);
    expect(await a.collect("t", 0)).toEqual([]);
    await expect(b.collect("t", 9, { timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
    await expect(b.collect("t", -1)).rejects.toMatchObject({ code: "range" });
  });

  test("collect checks values against the topic's schema", async () => {
    const [a, b] = await clients();
    await a.publish("t", "1");
    await expect(b.collect(topic("t", z.number()), 1)).rejects.toThrow(/entry 1 of topic "t"/);
  });

  test("publishes are numbered 1 to 300 also when their values are the same, on many topics at once [120]", async () => {
    const [a, b] = await clients();
    const seqs = await Promise.all(
      Array.from({ length: 300 }, (_, i) => (i % 2 ? a : b).publish("same", "x")),
    );
    expect(seqs.sort((x, y) => x - y)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    const topics = Array.from({ length: 30 }, (_, i) => `t${i}`);
    await Promise.all(
      topics.flatMap((name) => Array.from({ length: 20 }, (_, i) => a.publish(name, i))),
    );
    for (const name of topics) {
      expect((await b.collect<number>(name, 20)).sort((x, y) => x - y)).toEqual([
        ...Array(20).keys(),
      ]);
    }
  });

  test("a slow subscriber gets everything, and slows nobody down [96]", async () => {
    const [a, b] = await clients();
    const slow = b.subscribe<number>("t");
    const first = slow.next();
    await Promise.all(Array.from({ length: 1_200 }, () => a.publish("t", 0)));
    expect(await take(a.subscribe("t"), 1_200)).toHaveLength(1_200);
    await first;
    expect(await take(slow, 1_199)).toHaveLength(1_199);
  });
}
