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
