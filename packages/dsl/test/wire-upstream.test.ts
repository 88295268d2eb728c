import { choreography, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { performMixed } from "./mixed-run.ts";
import { errors, type Run } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "60s", join: "30s" } as const;

function perform(found: Parameters<typeof performMixed>[0], groups = { g: 4 }): Promise<Run> {
  return performMixed(found, [], { over: "testground", groups });
}

describe("on a service that knows states and topics only", () => {
  test("every kind of stage is performed, by counters and topics [C64]", async () => {
    const sums: number[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const n = c.everyone("n", {}, ({ me }) => me.id, { concurrency: 2 });
      const all = c.exchange("all", n);
      const list = c.run("list", "seed", { all }, ({ all }) => [...all.peer]);
      const own = c.scatter("own", "seed", "peer", list);
      const sum = c.reduce("sum", "peer", own, (ns) => ns.reduce((a, b) => a + b, 0));
      const big = c.run("big", "seed", { sum }, ({ sum }) => sum > 5);
      const isBig = c.broadcast("is-big", "seed", big);
      c.branch("size", isBig, { then: (d) => d.barrier("was-big"), else: () => {} });
      const ready = c.signal("ready", { at: "peer" });
      c.waitFor("some", ready, { at: "seed", atLeast: 2 });
      c.rounds("r", 2, (r) => r.barrier("b"));
      c.everyone("look", { sum }, ({ sum }) => void sums.push(sum));
    });
    expect(errors(await perform(found))).toEqual([]);
    expect(sums).toEqual([9, 9, 9, 9]);
  });

  test("a failure aborts all others with its name, through a topic [C64]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "seed", {}, () => {
        throw new Error("connection reset");
      });
      c.barrier("connected");
    });
    const told = "aborted: #1 (seed) failed in 'dial': connection reset";
    expect(errors(await perform(found))).toEqual([
      "seed #1 stage 'dial': connection reset",
      ...Array(3).fill(told),
    ]);
  });

  test("a value beyond what the service takes is refused before it is sent [C64]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const value = c.run("make", "seed", {}, () => "x".repeat(40_000));
      c.broadcast("share", "seed", value);
    });
    const [first, ...others] = errors(await perform(found));
    expect(first).toContain("seed #1 stage 'share': ");
    expect(first).toMatch(/40\d\d\d bytes/);
    expect(others).toHaveLength(3);
  });

  test("those who are missing at a barrier are known by what they said they do [C64]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("first");
      c.run("dial", "seed", {}, ({ me }) => me.sleep("30s"));
      c.rounds("r", 2, (r) => r.barrier("b", { timeout: "3s" }));
    });
    const texts = errors(await perform(found));
    expect(texts.join("\n")).toMatch(
      /barrier 'r\/b#1': 3 of 4 after 3 s\. Missing: #1 seed in 'dial' for/,
    );
  });

  test("those who have passed a signal are not among the missing of who waits for it", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "peer", {}, ({ me }) => me.sleep(me.id === 3 ? "30s" : 0));
      const ready = c.signal("ready", { at: "peer" });
      c.run("on", "peer", {}, ({ me }) => me.sleep("30s"));
      c.waitFor("all-ready", ready, { at: "seed", timeout: "3s" });
    });
    const texts = errors(await perform(found));
    expect(texts.join("\n")).toMatch(
      /waitFor 'all-ready': 2 of 3 after 3 s\. Missing: #3 peer in 'dial' for/,
    );
  });

  test("an instance that never starts is told by how many have", async () => {
    const found = choreography({ roles, timeout: "5s", join: "1s" }, (c) => c.barrier("b"));
    const run = await performMixed(found, [], {
      over: "testground",
      groups: { a: 1, b: 2 },
      absent: { b: 1 },
    });
    expect(errors(run).join()).toContain(
      "2 of 3 instances have started after 1 s: group 'b' has 1 of 2",
    );
  });
});
