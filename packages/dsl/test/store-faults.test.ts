import { randomUUID } from "node:crypto";
import { type Choreography, choreography, one, rest } from "@groundplan/dsl";
import { MemoryStore, type Namespace, openStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { describe, expect, test } from "vitest";
import { ChurnRun, STORES } from "./churn-run.ts";
import { deeds, everyStage } from "./every-stage.ts";
import { errors, performAll, type Run } from "./perform-all.ts";
import { Relay } from "./relay.ts";
import { Resender } from "./resent.ts";

/** What a run without any faults does and comes to know. */
async function undisturbed(): Promise<{ readonly seen: unknown; readonly did: unknown }> {
  const { found, seen } = everyStage();
  const run = await performAll(found, { groups: { a: 2, b: 3 } });
  expect(errors(run)).toEqual([]);
  return { seen: seen.toSorted(), did: deeds(run) };
}

test.each(STORES)(
  "every write may be sent twice, over %s, and changes nothing the second time [C65]",
  async (kind) => {
    const expected = await undisturbed();
    await using churn = kind === "memory" ? undefined : await ChurnRun.open(kind);
    await using store = churn === undefined ? new MemoryStore() : await openStore(churn.url);
    await using namespace = await store.open({ run: randomUUID(), plan: "plan", case: "case" });
    const resender = new Resender();
    const { found, seen } = everyStage();
    const run = await performAll(found, {
      groups: { a: 2, b: 3 },
      namespace: resender.namespace(namespace),
    });
    expect(errors(run)).toEqual([]);
    expect({ seen: seen.toSorted(), did: deeds(run) }).toEqual(expected);
    expect(resender.unlike).toEqual([]);
    expect(resender.resent).toBeGreaterThan(75);
    for (const name of ["@roster", "stage:all"]) {
      expect(await namespace.logs.snapshot({ kind: "own", name })).toHaveLength(5);
    }
    for (const name of ["stage:r/met#2", "stage:@end"]) {
      expect(await namespace.counters.read({ kind: "own", name })).toBe(5);
    }
  },
);

describe.each(["redis", "service"] as const)("over %s", (kind) => {
  test("a connection that is cut at every stage, and made again, changes nothing but the time [C66]", async () => {
    const expected = await undisturbed();
    await using churn = await ChurnRun.open(kind);
    await using relay = await Relay.to(churn.url);
    const { found, seen } = everyStage();
    const cutAt = new Set<string>();
    const joined = cutAsTheyJoin(await churn.namespace(), relay, 5);
    const run = await churn.perform(
      found,
      { a: 2, b: 3 },
      {
        sync: relay.url,
        onEvent: ({ stage, event }) => {
          const moment = `${stage} ${event}`;
          if (cutAt.has(moment)) return;
          cutAt.add(moment);
          relay.cut();
        },
      },
    );
    await joined;
    expect(errors(run)).toEqual([]);
    expect({ seen: seen.toSorted(), did: deeds(run) }).toEqual(expected);
    expect(relay.cuts).toBeGreaterThan(cutAt.size / 2);
  });
});

test("a Redis that has lost the state of a run ends it with that reason, at once [C67]", async () => {
  await using churn = await ChurnRun.open("redis");
  const other = await churn.namespace();
  const started = performance.now();
  const run = await churn.perform(
    losing(() => other.drop()),
    { a: 2, b: 2 },
  );
  expectLost(run);
  expect(performance.now() - started).toBeLessThan(40_000);
});

test("a service that was started again without what it knew ends the run with that reason, at once [C67]", async () => {
  await using memory = new MemoryStore();
  await using service = await serveSync(memory, { port: 0 });
  await using empty = new MemoryStore();
  const opened: AsyncDisposable[] = [];
  const restart = async (): Promise<void> => {
    await service.close();
    opened.push(await serveSync(empty, { port: service.port }));
  };
  const started = performance.now();
  const run = await performAll(losing(restart), { groups: { a: 4 }, sync: service.url });
  for (const each of opened) await each[Symbol.asyncDispose]();
  expectLost(run);
  expect(performance.now() - started).toBeLessThan(40_000);
});

/** All wait for one, in whose body the store forgets. */
function losing(forget: () => Promise<void>): Choreography<never> {
  return choreography(
    { roles: { seed: one(), peer: rest() }, timeout: "80s", join: "40s" },
    (c) => {
      c.barrier("started");
      c.run("work", "seed", {}, async ({ me }) => {
        await forget();
        await me.sleep("70s");
      });
      c.barrier("worked");
    },
  );
}

function expectLost(run: Run): void {
  expect(errors(run)).toHaveLength(4);
  for (const text of errors(run)) expect(text).toContain("lost the state of this run");
  expect(run.results.map(({ type }) => type)).not.toContain("ok");
}

/** Cuts whenever one more has entered the roster. */
async function cutAsTheyJoin(namespace: Namespace, relay: Relay, n: number): Promise<void> {
  for await (const { seq } of namespace.logs.read({ kind: "own", name: "@roster" })) {
    relay.cut();
    if (seq === n) return;
  }
}
