import { randomUUID } from "node:crypto";
import type { CounterKey, Namespace } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { sharedRedis } from "./redis-server.ts";

const PROCESSES = 8;
const key: CounterKey = { kind: "own", name: "turns" };

interface Processes extends AsyncDisposable {
  readonly namespaces: readonly Namespace[];
  /** The channels of the messages that Redis delivered to any of them. */
  readonly heard: readonly string[];
  /** Of which every instance has one. */
  of(instance: number): Namespace;
}

async function together(run: string): Promise<Processes> {
  const heard: string[] = [];
  const onNotify = (channel: string): boolean => heard.push(channel) > 0;
  const options = { recheckMs: 3_600_000, onNotify };
  const stores = await Promise.all(
    Array.from({ length: PROCESSES }, () => RedisStore.connect(sharedRedis(), {}, options)),
  );
  const scope = { run, plan: "p", case: "c" };
  const namespaces = await Promise.all(stores.map((store) => store.open(scope)));
  return {
    namespaces,
    heard,
    of(instance) {
      const namespace = namespaces[instance % PROCESSES];
      if (namespace === undefined) throw new Error(`there is no process for ${instance}`);
      return namespace;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
    },
  };
}

describe.each([10, 100, 1_000])("%i instances in 8 processes", (instances) => {
  test("take turns for at most one message each [134]", async () => {
    await using processes = await together(randomUUID());
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: instances }, async (_, i) => {
        const { counters, requestId } = processes.of(i);
        await counters.reach(key, i);
        order.push(i);
        await counters.add(key, { requestId: requestId() });
      }),
    );
    expect(order).toEqual(Array.from({ length: instances }, (_, i) => i));
    expect(processes.heard.length).toBeLessThanOrEqual(instances);
    expect(processes.heard.filter((channel) => !channel.startsWith("gp:in:"))).toEqual([]);
  });

  test("meet within one process without a message", async () => {
    await using processes = await together(randomUUID());
    const { counters } = processes.of(0);
    const seqs = await Promise.all(
      Array.from({ length: instances }, (_, i) =>
        counters.addAndReach(key, instances, { requestId: `${i}` }),
      ),
    );
    expect(new Set(seqs).size).toBe(instances);
    expect(processes.heard).toEqual([]);
  });

  test("take turns within one process without a message", async () => {
    await using processes = await together(randomUUID());
    const { counters, requestId } = processes.of(0);
    await Promise.all(
      Array.from({ length: instances }, async (_, i) => {
        await counters.reach(key, i);
        await counters.add(key, { requestId: requestId() });
      }),
    );
    expect(processes.heard).toEqual([]);
  });
});

test("what several processes await is said once, on the channel that they share", async () => {
  const run = randomUUID();
  const raw = new Redis(sharedRedis());
  await using processes = await together(run);
  const waits = processes.namespaces.map(({ counters }) => counters.reach(key, 2));
  const targets = `gp:tgt:gp:ctr:run:${run}:plan:p:case:c:own:turns`;
  await expect.poll(() => raw.zscore(targets, "2")).not.toBeNull();
  expect(await raw.zcard(targets)).toBe(1);
  const { counters } = processes.of(0);
  await counters.add(key, { requestId: "1" });
  await counters.add(key, { requestId: "2" });
  await Promise.all(waits);
  await expect.poll(() => processes.heard.length).toBe(PROCESSES);
  expect(new Set(processes.heard).size).toBe(1);
  raw.disconnect();
});

test("a thousand targets that one addition passes are told in one message a process, or in one for all", async () => {
  const run = randomUUID();
  const raw = new Redis(sharedRedis());
  await using processes = await together(run);
  const targets = `gp:tgt:gp:ctr:run:${run}:plan:p:case:c:own:turns`;
  const pass = async (from: number, count: number, messages: number): Promise<void> => {
    const before = processes.heard.length;
    const waits = Array.from({ length: count }, (_, i) =>
      processes.of(i).counters.reach(key, from + i + 1),
    );
    await expect.poll(() => raw.zcard(targets)).toBe(count);
    await processes.of(0).counters.add(key, { requestId: `${from}`, by: count });
    await Promise.all(waits);
    // The adding process may hear of it after its answer.
    await expect.poll(() => processes.heard.length - before).toBe(messages);
  };
  await pass(0, 80, PROCESSES - 1);
  await pass(80, 1_000, PROCESSES);
  raw.disconnect();
});
