import { readFileSync } from "node:fs";
import {
  choreography,
  DefinitionError,
  firstDifference,
  type LinkShape,
  one,
  plan,
  rest,
  shapeOf,
  testcase,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { errors, performAll } from "./perform-all.ts";
import { performShaped } from "./shaped-run.ts";
import { byHand, storm } from "./storm-example.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "30s", join: "20s" } as const;

describe("a shape stage", () => {
  it("has the network of each instance shaped, and lets nobody on before all are", async () => {
    let answered = 0;
    const seen: number[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.shape("slow", { latency: "100ms", bandwidth: "10mbit", loss: 5 });
      c.everyone("look", {}, () => void seen.push(answered));
    });
    const run = await performShaped(found, { groups: { g: 4 } }, (_, number) => {
      answered = number;
      return true;
    });
    expect(errors(run)).toEqual([]);
    expect(seen).toEqual([4, 4, 4, 4]);
    for (const { enable, default: shape } of run.applied) {
      expect({ enable, ...shape }).toMatchObject({
        enable: true,
        latency: 100_000_000,
        bandwidth: 10_000_000,
        loss: 5,
      });
    }
    expect(new Set(run.applied.map((each) => each.callback_state)).size).toBe(4);
  });

  it("computes the shape of each instance in each round", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("r", 2, (r) => {
        r.shape("slower", ({ me }) => ({ latency: me.id * 100 + me.round }));
        r.barrier("met");
      });
    });
    const run = await performShaped(found, { groups: { g: 2 } });
    expect(errors(run)).toEqual([]);
    const latencies = run.applied.map((each) => each.default.latency / 1e6);
    expect(latencies.slice(0, 2).sort()).toEqual([100, 200]);
    expect(latencies.slice(2).sort()).toEqual([101, 201]);
  });

  it("is for those of `at`, who alone wait for each other", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.shape("cut", { connected: false }, { at: "seed" });
    });
    const run = await performShaped(found);
    expect(errors(run)).toEqual([]);
    expect(run.applied.map((each) => each.enable)).toEqual([false]);
    const waits = run.journal.filter(({ stage, event }) => stage === "cut" && event === "wait");
    expect(waits).toMatchObject([{ id: 1, need: 1 }]);
  });

  it("names the instance whose sidecar says nothing, and what it was to do", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.shape("slow", ({ me }) => ({ latency: me.id }), { timeout: "1s" });
    });
    const mute = 2e6;
    const run = await performShaped(found, {}, (each) => each.default.latency !== mute);
    const [failed] = run.results.filter(({ type }) => type === "failed");
    expect(failed).toMatchObject({ error: { code: "sidecar-silent", stage: "slow" } });
    const [text = ""] = errors(run).filter((each) => each.startsWith("peer #2"));
    expect(text).toContain(
      "peer #2 stage 'slow': the sidecar did not answer what was published on topic 'network:",
    );
    expect(text).toContain('It was to apply {"enable":true,"default":{"latency":2}}');
  });

  it("says when it was the run that had no more time", async () => {
    const found = choreography({ roles, timeout: "1s", join: "20s" }, (c) => {
      c.shape("slow", { latency: 1 });
    });
    const run = await performShaped(found, {}, () => false);
    expect(errors(run).join("\n")).toContain(
      "stage 'slow': the run did not finish in 1 s: the sidecar did not answer",
    );
  });

  it("refuses what a function computes and no sidecar can make", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.shape("slow", ({ me }) => ({ loss: 100 * me.id }), { at: "peer" });
    });
    const run = await performShaped(found, { groups: { g: 2 } });
    expect(errors(run)).toContain(
      "peer #2 stage 'slow': its function gave a shape that no sidecar can make: " +
        "loss 200 is no percent: write percent, 0 to 100",
    );
    expect(run.applied).toEqual([]);
  });

  it("fails where its function throws, or is async", async () => {
    const throwing = choreography({ roles, ...soon }, (c) => {
      c.shape("slow", () => {
        throw new Error("no idea");
      });
    });
    expect(errors(await performShaped(throwing)).join("\n")).toContain(
      "stage 'slow': its shape failed: no idea",
    );
    const async = choreography({ roles, ...soon }, (c) => {
      c.shape("slow", (async () => ({})) as unknown as () => LinkShape);
    });
    expect(errors(await performShaped(async)).join("\n")).toContain("cannot be async");
  });
});

describe("a run without a sidecar", () => {
  it("is refused before anything runs, with all stages that need one", async () => {
    let bodies = 0;
    const found = choreography({ roles, ...soon }, (c) => {
      c.everyone("start", {}, () => {
        bodies += 1;
      });
      c.rounds("r", 2, (r) => r.shape("slow", { latency: 1 }));
      c.run("cut", "peer", {}, () => undefined, { requires: "sidecar" });
      c.rounds("never", 0, (r) => r.shape("slow", { latency: 1 }));
    });
    const run = await performAll(found);
    const text =
      "'r/slow', 'cut' require a sidecar, which shapes the network, and this run has none (TEST_SIDECAR is not true): " +
      "run the plan with Testground's local:docker or cluster:k8s, or leave them out where there is none";
    expect(errors(run).some((each) => each === `stage '@roster': ${text}`)).toBe(true);
    expect(run.results).toHaveLength(3);
    for (const each of errors(run)) expect(each).toContain(text);
    expect(run.results.find(({ type }) => type === "failed")).toMatchObject({
      error: { code: "no-sidecar" },
    });
    expect(bodies).toBe(0);
  });

  it("may decide not to shape, and is refused only in the arm that does", async () => {
    const deciding = (wrong: boolean): ReturnType<typeof choreography> =>
      choreography({ roles, ...soon }, (c) => {
        const has = c.run("ask", "seed", {}, ({ me }) => me.env.sidecar || wrong);
        c.branch("if-sidecar", c.broadcast("has", "seed", has), {
          then: (arm) => arm.shape("slow", { latency: 1 }),
        });
      });
    expect(errors(await performAll(deciding(false)))).toEqual([]);
    expect(errors(await performAll(deciding(true))).join("\n")).toContain(
      "stage 'if-sidecar/then/slow': 'if-sidecar/then/slow' requires a sidecar",
    );
    const run = await performShaped(deciding(false));
    expect(errors(run)).toEqual([]);
    expect(run.applied).toHaveLength(3);
  });

  it("performs bodies that require nothing, which have the network at hand", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.everyone("ip", {}, async ({ me }) => {
        expect(me.network.getDataNetworkIP()).toBe("127.0.0.1");
        await me.network.configureNetwork({}, { withoutSidecar: "ignore" });
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
  });
});

describe("a body", () => {
  it("configures its network itself, once a sidecar is there", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run(
        "ip",
        "seed",
        {},
        ({ me }) => me.network.configureNetwork({ default: { latency: "7ms" } }),
        { requires: "sidecar" },
      );
    });
    const run = await performShaped(found);
    expect(errors(run)).toEqual([]);
    expect(run.applied.map((each) => each.default.latency)).toEqual([7e6]);
  });

  it("of a raw test case does too", async () => {
    const raw = testcase(async ({ network }) => {
      expect(network.getDataNetworkIP()).toBe("127.0.0.1");
    });
    expect(errors(await performAll(plan("plan", { case: raw })))).toEqual([]);
  });
});

describe("a shape stage as data", () => {
  const shaped = (latency: number, more: LinkShape = {}): string =>
    shapeOf(shapedBy({ latency, ...more }));

  function shapedBy(shape: LinkShape | (() => LinkShape)) {
    return choreography({ roles }, (c) => {
      c.shape("slow", shape, { at: "peer", timeout: "5s" });
      c.barrier("met");
    }).define();
  }

  it("holds its shape, or says that it is computed", () => {
    const [fixed] = shapedBy({ latency: "1s", connected: true }).stages;
    expect(fixed).toMatchObject({
      kind: "shape",
      id: "slow",
      at: ["peer"],
      shape: { latency: "1s", connected: true },
      requires: "sidecar",
      timeoutMs: 5000,
    });
    const computed = shapedBy(() => ({ latency: 1 }));
    expect(computed.stages[0]).toMatchObject({ shape: "computed" });
    expect(computed.bodies.has("slow")).toBe(true);
  });

  it("may differ in its shape from group to group, as that holds nobody up", () => {
    expect(shaped(1)).toBe(shaped(2, { loss: 3 }));
    expect(shaped(1)).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      slow shape peer {"requires":"sidecar"}
      met barrier *"
    `);
    const prints = [{ latency: 1 }, { latency: 2 }, () => ({ latency: 1 })].map(
      (each) => shapedBy(each).fingerprint,
    );
    expect(new Set(prints).size).toBe(1);
  });

  it("is told apart from another stage in its place", () => {
    const other = choreography({ roles }, (c) => {
      c.barrier("slow", { at: "peer" });
      c.barrier("met");
    }).define();
    expect(firstDifference(shaped(1), shapeOf(other))).toMatchInlineSnapshot(
      `"first difference at stage 1 'slow' (barrier at peer, here shape at peer)"`,
    );
  });

  it("is shaped by a parameter that differs between the groups of a run", async () => {
    const found = choreography(
      { params: z.object({ ms: z.number().default(0) }), roles: { node: rest() }, ...soon },
      (c) => {
        c.shape("slow", { latency: c.params.ms });
      },
    );
    const run = await performShaped(found, {
      groups: { a: 1, b: 1 },
      params: { a: "ms=10", b: "ms=20" },
    });
    expect(errors(run)).toEqual([]);
    expect(run.applied.map((each) => each.default.latency / 1e6).sort()).toEqual([10, 20]);
  });

  it("is refused at the definition where no sidecar could make it", () => {
    const bad = (shape: unknown) => (): unknown => shapedBy(shape as LinkShape);
    const opening = /stage 'slow' \(.+\): no sidecar can shape a link like this: /;
    expect(bad({ latency: "200" })).toThrow(opening);
    expect(bad({ latency: "200" })).toThrow(DefinitionError);
    expect(bad({ bandwidth: "10MB", loss: 101 })).toThrow(/bandwidth '10MB' .+; loss 101 /);
    expect(bad({ reorder: 5 })).toThrow("reorder takes a latency");
    expect(bad({ connected: "no" })).toThrow("connected no must be true or false");
    expect(bad("slow")).toThrow("it is not an object");
  });

  it("cannot require anything but a sidecar", () => {
    const define = (): unknown =>
      choreography({ roles }, (c) => {
        c.everyone("x", {}, () => 1, { requires: "docker" as "sidecar" });
      }).define();
    expect(define).toThrow("requires 'docker': the one thing to require is 'sidecar'");
  });
});

describe("a storm", () => {
  it("links everyone with four others over real sockets, and slows them down round by round", async () => {
    const run = await performShaped(storm, { groups: { g: 6 } });
    expect(errors(run)).toEqual([]);
    expect(run.applied).toHaveLength(12);
    expect(run.applied.map((each) => each.default.loss)).toEqual([
      ...Array.from({ length: 6 }, () => 0),
      ...Array.from({ length: 6 }, () => 1),
    ]);
    const sent = run.lines.filter((line) => line.includes('"msg":"sent"'));
    expect(sent).toHaveLength(6);
    for (const line of sent) expect(line).toContain(`"bytes":[${4 * 65_536},${4 * 65_536}]`);
  });

  it("can be shaped by hand in a raw test case, with a state that all share", async () => {
    const run = await performShaped(plan("plan", { case: byHand }));
    expect(errors(run)).toEqual([]);
    expect(run.applied.map((each) => each.callback_state)).toEqual(
      [1, 2, 3].map(() => "links-shaped"),
    );
  });

  it("is the example of the page on the network", () => {
    const page = readFileSync(new URL("../../../docs/network.md", import.meta.url), "utf8");
    const source = readFileSync(new URL("storm-example.ts", import.meta.url), "utf8");
    const blocks = [...page.matchAll(/```ts\n([^`]+(?:`[^`]+)*?)```/g)].map(
      ([, code]) => code ?? "",
    );
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) expect(source).toContain(block);
  });
});
