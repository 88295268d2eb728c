import { choreography, one, outside, rest } from "@groundplan/dsl";
import type { SyncClient } from "@groundplan/sync";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Outsider, performMixed } from "./mixed-run.ts";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest(), go: outside(2) };
const soon = { timeout: "60s", join: "30s" } as const;
const idle = async (): Promise<void> => {};
const both = (each: (outsider: Outsider) => Promise<void>) => [each, each];

async function firstOf<T>(sync: SyncClient, topic: string, n: number): Promise<T[]> {
  return (await sync.collect<T>(topic, n, { timeoutMs: 60_000 })).slice(0, n);
}

describe.each([
  ["Groundplan's service", "service"],
  ["Testground's service", "testground"],
  ["Redis", "redis"],
] as const)("beside outside instances, over %s", (_, over) => {
  test("the roster waits for those that join it, and outside instances hold nobody up", async () => {
    const found = choreography({ roles, ...soon }, (c) => c.barrier("met"));
    const run = await performMixed(found, both(idle), { over });
    expect(errors(run)).toEqual([]);
    expect(
      run.journal.find(({ stage, event }) => stage === "@roster" && event === "leave")?.text,
    ).toBe("seed = 1 (#1)   peer = 2 (#2..#3)   go = 2 (outside)");
  });

  test("a barrier with a state counts outside instances, and releases none of either side early [C68]", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("all-up", { at: ["seed", "peer", "go"], state: "all-up" });
      c.everyone("look", {}, () => void order.push("inside"));
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      // All of the choreography have signalled, and none may pass before these two.
      await sync.barrier("all-up", 3, { timeoutMs: 60_000 });
      order.push("outside");
      await sync.signalAndWait("all-up", 5, { timeoutMs: 60_000 });
    };
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
    expect(order.slice(0, 2)).toEqual(["outside", "outside"]);
    expect(order).toHaveLength(5);
  });

  test("a barrier with a target waits for that count of its state", async () => {
    let signals = 0;
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("many", { state: "many", target: 6 });
      c.everyone("look", {}, () => expect(signals).toBe(3));
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        signals++;
        await sync.signalEntry("many");
      }
    };
    expect(errors(await performMixed(found, [go, idle], { over }))).toEqual([]);
  });

  test("a signal with a state is seen outside, and one given outside is waited for", async () => {
    const seen: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.signal("ready", { at: "seed", state: "bootstrapped" });
      const done = c.signal("done", { at: ["go"], state: "done" });
      c.waitFor("all-done", done, { at: "peer" });
      c.run("look", "peer", {}, () => void seen.push("peer"));
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      await sync.barrier("bootstrapped", 1, { timeoutMs: 60_000 });
      seen.push("go");
      await sync.signalEntry("done");
    };
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
    expect(seen).toEqual(["go", "go", "peer", "peer"]);
  });

  test("an exchange with a topic is read and written outside, as bare values [C69]", async () => {
    const rosters: unknown[] = [];
    const read: string[][] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const addr = c.everyone("addr", {}, ({ me }) => `ts-${me.id}`);
      const addrs = c.exchange("addrs", addr, { topic: "addresses", schema: z.string() });
      c.everyone("look", { addrs }, ({ addrs }) => {
        rosters.push([addrs.seed, addrs.peer, addrs.go.toSorted(), addrs.size, [...addrs].length]);
      });
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      await sync.publish("addresses", `go-${read.length}`);
      read.push((await firstOf<string>(sync, "addresses", 5)).toSorted());
    };
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
    expect(rosters).toEqual(Array(3).fill(["ts-1", ["ts-2", "ts-3"], ["go-0", "go-0"], 5, 5]));
    const all = ["go-0", "go-0", "ts-1", "ts-2", "ts-3"];
    expect(read).toEqual([all, all]);
  });

  test("rosters are of the instances inside, unless their stage is on the wire [C18]", async () => {
    const rosters: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      const ids = c.exchange("ids", id);
      const shared = c.exchange("shared", id, { topic: "ids", schema: z.number() });
      c.everyone("look", { ids, shared }, ({ ids, shared, me }) => {
        rosters.push([[...ids], "go" in ids, me.members.length, [...shared].toSorted()]);
      });
    });
    const go = ({ sync }: Outsider): Promise<void> => sync.publish("ids", 9).then(() => undefined);
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
    expect(rosters).toEqual(Array(3).fill([[1, 2, 3], false, 3, [1, 2, 3, 9, 9]]));
  });

  test("a broadcast with a topic is read outside", async () => {
    const read: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const built = c.run("build", "seed", {}, () => ({ version: "1" }));
      c.broadcast("config", "seed", built, { topic: "config" });
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      read.push(...(await firstOf<unknown>(sync, "config", 1)));
    };
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
    expect(read).toEqual([{ version: "1" }, { version: "1" }]);
  });

  test("receive waits for a value of each, and gives all the same list [C70]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const configs = c.receive("configs", "go", {
        topic: "configs",
        schema: z.object({ version: z.number() }),
      });
      const first = c.run("count", "seed", { configs }, ({ configs }) => configs.length);
      c.broadcast("n", "seed", first);
      c.everyone("look", { configs }, ({ configs }) => {
        seen.push(configs.map(({ version }) => version));
      });
    });
    const [one, two] = [1, 2].map((version) => async ({ sync }: Outsider): Promise<void> => {
      await sync.publish("configs", { version });
    });
    const run = await performMixed(found, [one ?? idle, two ?? idle], { over });
    expect(errors(run)).toEqual([]);
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map(String)).size).toBe(1);
    expect(String(seen[0]).split(",").toSorted()).toEqual(["1", "2"]);
  });

  test("in rounds every round has a name of its own", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("r", 3, (r) => {
        r.barrier("b", { at: ["seed", "peer", "go"], state: "step-{round}" });
      });
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      for (const n of [1, 2, 3]) await sync.signalAndWait(`step-${n}`, 5, { timeoutMs: 60_000 });
    };
    expect(errors(await performMixed(found, both(go), { over }))).toEqual([]);
  });
});

describe("what outside instances get wrong", () => {
  test("is told with the number of the value, the topic and the path [C70]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.receive("configs", "go", {
        topic: "configs",
        schema: z.object({ version: z.number() }),
      });
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      await sync.publish("configs", { version: "one" });
    };
    const texts = errors(await performMixed(found, both(go)));
    expect(texts).toHaveLength(3);
    expect(texts[0]).toContain(
      "value 1 on topic 'configs', of go, at stage 'configs' does not fit its schema: version: ",
    );
  });

  test("is told for an exchange too", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const port = c.everyone("port", {}, ({ me }) => me.id);
      c.exchange("ports", port, { topic: "ports", schema: z.number() });
    });
    const go = async ({ sync }: Outsider): Promise<void> => {
      await sync.publish("ports", "http");
    };
    const texts = errors(await performMixed(found, both(go)));
    expect(texts[0]).toContain("value 1 of go at stage 'ports' does not fit its schema: ");
  });

  test("runs out of time with how far it came, where some of them never come", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("up", { at: ["seed", "peer", "go"], state: "up", timeout: "2s" });
    });
    const go = async ({ sync }: Outsider): Promise<void> => void (await sync.signalEntry("up"));
    const texts = errors(await performMixed(found, [go, idle])).join();
    expect(texts).toContain(
      "barrier 'up' after 2 s: state 'up' has 4 of 5 signals; outside instances are among those missing",
    );
  });

  test("is told of a topic too, on a store that counts nothing", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.receive("x", "go", { topic: "x", schema: z.number(), timeout: "2s" });
    });
    const go = async ({ sync }: Outsider): Promise<void> => void (await sync.publish("x", 1));
    const texts = errors(await performMixed(found, [go, idle], { over: "testground" })).join();
    expect(texts).toContain("receive 'x' after 2 s: topic 'x' has 1 of 2 values");
  });

  test("an instance count that leaves nobody for the choreography is refused", async () => {
    const found = choreography({ roles: { a: one(), go: outside(3) }, ...soon }, (c) =>
      c.barrier("b"),
    );
    const texts = errors(await performAll(found, { groups: { g: 1 }, outside: 2 })).join();
    expect(texts).toContain("3 of 3 instances are outside the choreography");
  });
});

describe("a wait for some of those who signal", () => {
  const peers = { seed: one(), peer: rest() };

  test.each([
    ["a number", 2],
    ["a share, rounded up", "40%"],
  ] as const)("goes on when %s have [C32]", async (_, atLeast) => {
    const found = choreography({ roles: peers, ...soon }, (c) => {
      // The last two signal only when the seed, which waits for the first two, has passed.
      const gate = c.run("gate", "peer", {}, ({ me }) =>
        me.sync.barrier("open", me.id > 3 ? 1 : 0),
      );
      c.run("pass", "peer", { gate }, () => undefined);
      const ready = c.signal("ready", { at: "peer" });
      c.waitFor("some", ready, { at: "seed", atLeast });
      c.run("open", "seed", {}, ({ me }) => me.sync.signalEntry("open"));
      c.barrier("all");
    });
    const run = await performAll(found, { groups: { g: 5 } });
    expect(errors(run)).toEqual([]);
    expect(run.journal).toContainEqual(
      expect.objectContaining({ stage: "some", event: "wait", need: 2 }),
    );
  });

  test("is refused where fewer give the signal than it waits for", async () => {
    const found = choreography({ roles: peers, ...soon }, (c) => {
      c.waitFor("some", c.signal("ready", { at: "peer" }), { at: "seed", atLeast: 3 });
    });
    expect(errors(await performAll(found)).join()).toContain(
      "waitFor 'some' waits for 3 signals, but only 2 instances give 'ready'",
    );
  });
});

describe("a wire name", () => {
  test("is signalled once by each instance, however often the body before it is tried", async () => {
    const found = choreography({ roles: { peer: rest() }, ...soon }, (c) => {
      const retry = { attempts: 3, backoff: "1ms..2ms" } as const;
      const flaky = ({ me }: { readonly me: { readonly attempt: number } }): void => {
        if (me.attempt < 3) throw new Error("again");
      };
      c.everyone("flaky", {}, flaky, { retry });
      c.barrier("b", { state: "b" });
      const n = c.everyone("next", {}, ({ me }) => me.sync.signalEntry("b"));
      c.everyone("check", { n }, ({ n }) => expect([4, 5, 6]).toContain(n));
    });
    expect(errors(await performAll(found))).toEqual([]);
  });
});
