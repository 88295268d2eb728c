import { choreography, count, one, rest, type Scope, type Stage } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

const roles = { seed: one(), peer: count(3), light: rest() };
const all = ["seed", "peer", "light"];
type Define = (c: Scope<typeof roles, keyof typeof roles, Record<string, never>>) => void;

function stagesOf(define: Define): unknown[] {
  return choreography({ roles }, define).define().stages.map(withoutSource);
}

function withoutSource({ source: _source, ...stage }: Stage): object {
  return stage;
}

describe("a stage as data", () => {
  it("is work of everyone, or of some, that names what it needs", () => {
    const stages = stagesOf((c) => {
      const addr = c.everyone("addr", {}, () => "a");
      c.run("dial", ["light", "seed"], { to: addr }, ({ to }) => to, { timeout: "30s" });
    });
    expect(stages).toEqual([
      { kind: "run", id: "addr", at: all, needs: {} },
      { kind: "run", id: "dial", at: ["seed", "light"], timeoutMs: 30_000, needs: { to: "addr" } },
    ]);
  });

  it("holds how work is retried and how many do it at a time, with defaults and in milliseconds", () => {
    const stages = stagesOf((c) => {
      c.everyone("a", {}, () => 1, { retry: {}, concurrency: 2 });
      c.everyone("b", {}, () => 1, { retry: { within: "1m", backoff: "50ms..1s" } });
      c.everyone("c", {}, () => 1, { retry: { attempts: 5, within: "1m" } });
    });
    expect(stages).toMatchObject([
      { retry: { attempts: 3, backoffMs: [200, 5_000] }, concurrency: 2 },
      { retry: { withinMs: 60_000, backoffMs: [50, 1_000] } },
      { retry: { attempts: 5, withinMs: 60_000, backoffMs: [200, 5_000] } },
    ]);
    expect(stages[1]).not.toHaveProperty("retry.attempts");
  });

  it("moves a value from some to some, who all take part", () => {
    const stages = stagesOf((c) => {
      const n = c.everyone("n", {}, () => 1);
      c.exchange("ns", n);
      c.broadcast("first", "seed", n);
      c.gather("some", ["light", "peer"], "seed", n);
      c.gather("few", "peer", "peer", n);
    });
    expect(stages.slice(1)).toEqual([
      { kind: "exchange", id: "ns", at: all, from: all, to: all, value: "n" },
      { kind: "broadcast", id: "first", at: all, from: ["seed"], to: all, value: "n" },
      { kind: "gather", id: "some", at: all, from: ["peer", "light"], to: ["seed"], value: "n" },
      { kind: "gather", id: "few", at: ["peer"], from: ["peer"], to: ["peer"], value: "n" },
    ]);
  });

  it("deals a list out, or folds the values of some for all", () => {
    const stages = stagesOf((c) => {
      const n = c.everyone("n", {}, () => 1);
      c.reduce("sum", "peer", n, (ns) => ns.length);
      const list = c.run("list", "seed", {}, () => [1, 2]);
      c.scatter("deal", "seed", ["light", "peer"], list);
    });
    const [, sum, , deal] = stages;
    expect(sum).toEqual({
      kind: "reduce",
      id: "sum",
      at: all,
      from: ["peer"],
      to: all,
      value: "n",
    });
    expect(deal).toEqual({
      kind: "scatter",
      id: "deal",
      at: all,
      from: ["seed"],
      to: ["peer", "light"],
      value: "list",
    });
  });

  it("waits for a signal, or for one another", () => {
    const stages = stagesOf((c) => {
      const ready = c.signal("ready", { at: "seed" });
      c.waitFor("go", ready, { at: "peer", timeout: 10 });
      c.barrier("met", { at: ["peer", "seed"] });
      c.barrier("all");
    });
    expect(stages).toEqual([
      { kind: "signal", id: "ready", at: ["seed"] },
      { kind: "wait", id: "go", at: ["peer"], timeoutMs: 10, signal: "ready" },
      { kind: "barrier", id: "met", at: ["seed", "peer"] },
      { kind: "barrier", id: "all", at: all },
    ]);
  });

  it("holds the stages of rounds under their name, and which of them the list is made of", () => {
    const [rounds, use] = stagesOf((c) => {
      const list = c.rounds("outer", 2, (r) => {
        r.rounds("inner", 3, (s) => s.barrier("met"));
        return r.run("n", "peer", {}, () => 1);
      });
      c.run("use", "peer", { list }, ({ list }) => list.length);
    });
    expect(rounds).toMatchObject({
      kind: "rounds",
      id: "outer",
      at: all,
      times: 2,
      value: "outer/n",
      stages: [
        { kind: "rounds", id: "outer/inner", times: 3, stages: [{ id: "outer/inner/met" }] },
        { kind: "run", id: "outer/n" },
      ],
    });
    expect(use).toMatchObject({ needs: { list: "outer" } });
  });

  it("holds both arms of a branch, what decides it and what they give", () => {
    const stages = stagesOf((c) => {
      const yes = c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
      const value = c.branch("if", yes, {
        then: (d) => d.everyone("n", {}, () => 1),
        else: (d) => d.run("n", ["peer", "light"], {}, () => "one"),
      });
      c.run("use", "peer", { value }, ({ value }) => value);
      c.branch("only", yes, { then: (d) => d.everyone("n", {}, () => 1) });
    });
    const [, , branch, use, only] = stages;
    expect(branch).toMatchObject({
      kind: "branch",
      id: "if",
      at: all,
      on: "yes",
      then: [{ kind: "run", id: "if/then/n", at: all }],
      else: [{ kind: "run", id: "if/else/n", at: ["peer", "light"] }],
      value: { then: "if/then/n", else: "if/else/n" },
    });
    expect(use).toMatchObject({ needs: { value: "if" } });
    expect(only).toMatchObject({ else: [] });
    expect(only).not.toHaveProperty("value");
  });

  it("holds what ends a repeat, and the list it gives", () => {
    const stages = stagesOf((c) => {
      const list = c.repeat("mine", { max: 7 }, (r) => {
        const done = r.broadcast(
          "done",
          "seed",
          r.run("ask", "seed", {}, () => true),
        );
        return { until: done, value: r.run("n", "peer", {}, () => 1) };
      });
      c.run("use", "peer", { list }, ({ list }) => list.length);
    });
    expect(stages).toMatchObject([
      {
        kind: "repeat",
        id: "mine",
        at: all,
        max: 7,
        until: "mine/done",
        value: "mine/n",
        stages: [{ id: "mine/ask" }, { id: "mine/done" }, { id: "mine/n" }],
      },
      { needs: { list: "mine" } },
    ]);
  });

  it("among some roles stands beside the others, with those roles for all", () => {
    const stages = stagesOf((c) => {
      const id = c.among(["light", "peer"], (d) => {
        d.barrier("met");
        d.rounds("r", 1, (r) => r.barrier("round"));
        return d.everyone("id", {}, ({ me }) => me.id);
      });
      c.run("use", "light", { id }, ({ id }) => id);
    });
    const some = ["peer", "light"];
    expect(stages).toMatchObject([
      { kind: "barrier", id: "met", at: some },
      { kind: "rounds", id: "r", at: some, stages: [{ id: "r/round", at: some }] },
      { kind: "run", id: "id", at: some },
      { kind: "run", id: "use", at: ["light"], needs: { id: "id" } },
    ]);
  });

  it("gives no list where the rounds return nothing, or only a signal", () => {
    const [nothing, signal] = stagesOf((c) => {
      c.rounds("a", 1, (r) => r.barrier("met"));
      c.rounds("b", 1, (r) => r.signal("told"));
    });
    expect(nothing).not.toHaveProperty("value");
    expect(signal).not.toHaveProperty("value");
  });

  it("may list, of each round, a value from before the rounds", () => {
    const stages = stagesOf((c) => {
      const n = c.everyone("n", {}, () => 1);
      c.rounds("same", 2, () => n);
    });
    expect(stages[1]).toMatchObject({ value: "n", stages: [] });
  });
});
