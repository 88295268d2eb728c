import {
  type Agreed,
  choreography,
  count,
  type ManyOf,
  type OneOf,
  one,
  type Roles,
  type Roster,
  rest,
  type Scope,
} from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { errors, performAll, type Run } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

/** What each instance entered, by id. */
function visits({ journal }: Run): readonly (readonly string[])[] {
  const ids = [...new Set(journal.map(({ id }) => id))].toSorted();
  return ids.map((id) =>
    journal.filter((e) => e.id === id && e.event === "enter").map(({ stage }) => stage),
  );
}

describe("a repeat", () => {
  test("stops in the same round everywhere, once it is agreed that it is done [C40]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const heights = c.repeat("mine", { max: 9 }, (r) => {
        const height = r.run("dig", "seed", {}, ({ me }) => me.round * 10);
        const value = r.broadcast("height", "seed", height);
        const slow = r.everyone("work", { value }, async ({ value, me }) => {
          await me.sleep(me.id);
          return value;
        });
        return {
          until: r.reduce("enough", "peer", slow, (all) => all.every((n) => n >= 20)),
          value,
        };
      });
      c.everyone("look", { heights }, ({ heights }) => void seen.push(heights));
    });
    const run = await performAll(found);
    expect(errors(run)).toEqual([]);
    expect(seen).toEqual(Array(3).fill([0, 10, 20]));
    const [seed = [], ...peers] = visits(run);
    expect(seed.filter((stage) => stage.startsWith("mine/work"))).toEqual(
      [1, 2, 3].map((n) => `mine/work#${n}`),
    );
    const shared = seed.filter((stage) => !stage.startsWith("mine/dig"));
    expect(peers).toEqual([shared, shared]);
  });

  test("that is not done after its last round fails with its name [C41]", async () => {
    let rounds = 0;
    const found = choreography({ roles, ...soon }, (c) => {
      c.repeat("mine", { max: 3 }, (r) => {
        const no = r.run("dig", "seed", {}, () => {
          rounds += 1;
          return false;
        });
        return { until: r.broadcast("done", "seed", no) };
      });
    });
    const run = await performAll(found);
    const told = "repeat 'mine': 'mine/done' is still false after 3 rounds, the most there may be";
    expect(errors(run).some((text) => text.endsWith(`stage 'mine': ${told}`))).toBe(true);
    for (const text of errors(run)) expect(text).toContain(told);
    expect(run.results.some(({ type }) => type === "ok")).toBe(false);
    expect(rounds).toBe(3);
  });

  test("inside rounds keeps its keys apart, and gives a list of lists", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const lists = c.rounds("outer", 2, (o) =>
        o.repeat("inner", { max: 5 }, (r) => {
          const cell = r.run("cell", "seed", {}, ({ me }) => me.stage);
          const last = r.run("last", "seed", {}, ({ me }) => me.round === 1);
          return { until: r.broadcast("done", "seed", last), value: cell };
        }),
      );
      c.run("look", "seed", { lists }, ({ lists }) => void seen.push(lists));
    });
    expect(errors(await performAll(found))).toEqual([]);
    const cell = (o: number, i: number): string => `outer/inner/cell#${o}.${i}`;
    expect(seen).toEqual([[1, 2].map((o) => [1, 2].map((i) => cell(o, i)))]);
  });
});

describe("a branch", () => {
  const branching = (answer: boolean, seen: unknown[]) =>
    choreography({ roles, ...soon }, (c) => {
      const own = c.run("ask", "seed", {}, () => answer);
      const agreed = c.broadcast("answer", "seed", own);
      const value = c.branch("if", agreed, {
        then: (d) => {
          d.barrier("met");
          return d.everyone("yes", {}, ({ me }) => `yes ${me.id}`);
        },
        else: (d) => d.run("no", ["seed", "peer"], {}, ({ me }) => `no ${me.id}`),
      });
      c.everyone("look", { value }, ({ value }) => void seen.push(value));
    });

  test.each([
    [true, "yes", ["if/then/met", "if/then/yes"]],
    [false, "no", ["if/else/no"]],
  ])("on %s takes one arm everywhere, and gives its value [C42]", async (answer, word, arm) => {
    const seen: unknown[] = [];
    const run = await performAll(branching(answer, seen));
    expect(errors(run)).toEqual([]);
    expect(seen.toSorted()).toEqual([1, 2, 3].map((id) => `${word} ${id}`));
    const [seed = [], ...peers] = visits(run);
    expect(seed).toEqual(["@roster", "ask", "answer", "if", ...arm, "look", "@end"]);
    for (const peer of peers) expect(peer).toEqual(seed.filter((stage) => stage !== "ask"));
    const taken = run.journal.filter(({ stage, event }) => stage === "if" && event === "enter");
    expect(taken.map(({ text }) => text)).toEqual(Array(3).fill(answer ? "then" : "else"));
  });

  test("without else is passed by where it is false", async () => {
    const ran: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("r", 3, (r) => {
        const odd = r.run("odd", "seed", {}, ({ me }) => me.round % 2 === 1);
        r.branch("if-odd", r.broadcast("agreed", "seed", odd), {
          then: (d) => {
            d.run("work", "peer", {}, ({ me }) => void ran.push(me.stage));
            d.barrier("met");
          },
        });
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(ran).toEqual(Array(2).fill("r/if-odd/then/work#2"));
  });

  test("waits in an arm for a signal from before it", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const yes = c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
      c.rounds("r", 2, (r) => {
        const ready = r.signal("ready", { at: "seed" });
        r.branch("if", yes, { then: (d) => d.waitFor("go", ready, { at: "peer" }) });
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
  });

  test("decided by something that is neither true nor false fails with what it was", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const odd = c.run("ask", "seed", {}, () => "yes" as unknown as boolean);
      c.branch("if", c.broadcast("answer", "seed", odd), { then: (d) => d.barrier("met") });
    });
    expect(errors(await performAll(found)).join()).toContain(
      `stage 'if': 'if' is decided by 'answer', which gave "yes": it must be true or false`,
    );
  });
});

describe("among some roles", () => {
  const three = { seed: one(), peer: count(2), idle: rest() };

  test("all means all of them, at barriers, rounds and data, and nobody else is held up [C43]", async () => {
    const order: string[] = [];
    const seen: unknown[] = [];
    const found = choreography({ roles: three, ...soon }, (c) => {
      const ids = c.among(["seed", "peer"], (d) => {
        d.run("slow", "seed", {}, ({ me }) => me.sleep(50));
        d.barrier("met");
        d.rounds("twice", 2, (r) => {
          r.barrier("round");
          r.among("peer", (e) => e.barrier("peers"));
        });
        const id = d.everyone("id", {}, ({ me }) => me.id);
        return d.exchange("ids", id);
      });
      c.run("after", ["seed", "peer"], { ids }, ({ ids }) => {
        order.push("after");
        seen.push([ids.seed, [...ids.peer], ids.size]);
      });
      c.run("idle", "idle", {}, () => void order.push("idle"));
    });
    const run = await performAll(found, { groups: { g: 5 } });
    expect(errors(run)).toEqual([]);
    expect(order).toEqual(["idle", "idle", "after", "after", "after"]);
    expect(seen).toEqual(Array(3).fill([1, [2, 3], 3]));
    const [seed, peer, , idle] = visits(run);
    expect(seed).toContain("twice/round#2");
    expect(seed).not.toContain("twice/peers#2");
    expect(peer).toContain("twice/peers#2");
    expect(idle).toEqual(["@roster", "idle", "@end"]);
  });

  test("a repeat and a branch are decided by what they alone have agreed", async () => {
    const found = choreography({ roles: three, ...soon }, (c) => {
      c.among(["seed", "peer"], (d) => {
        d.repeat("mine", { max: 3 }, (r) => {
          const done = r.run("dig", "seed", {}, ({ me }) => me.round === 1);
          return { until: r.broadcast("done", "seed", done) };
        });
        const yes = d.broadcast(
          "yes",
          "seed",
          d.run("ask", "seed", {}, () => true),
        );
        d.branch("if", yes, { then: (e) => e.barrier("met") });
      });
    });
    const run = await performAll(found, { groups: { g: 5 } });
    expect(errors(run)).toEqual([]);
    expect(visits(run)[4]).toEqual(["@roster", "@end"]);
  });
});

/** Who is there, told to all; for any roles. */
function share<RM extends Roles, C extends string, P>(
  c: Scope<RM, C, P>,
): Agreed<Roster<number, OneOf<RM, C>, ManyOf<RM, C>>, C> {
  return c.exchange(
    "share/ids",
    c.everyone("share/id", {}, ({ me }) => me.id),
  );
}

test("a fragment works at the top, in rounds, in arms, in repeats and among some [C7] [C44]", async () => {
  const found = choreography({ roles, ...soon }, (c) => {
    share(c);
    const yes = c.broadcast(
      "yes",
      "seed",
      c.run("ask", "seed", {}, () => true),
    );
    c.rounds("r", 2, (r) => void share(r));
    c.branch("if", yes, { then: (d) => void share(d), else: (d) => void share(d) });
    c.repeat("again", { max: 2 }, (r) => {
      share(r);
      return { until: yes };
    });
    c.rounds("some", 1, (r) => void r.among("peer", (d) => void share(d)));
  });
  const run = await performAll(found);
  expect(errors(run)).toEqual([]);
  const [, peer = []] = visits(run);
  expect(peer.filter((stage) => /share\/id(#|$)/.test(stage))).toEqual([
    "share/id",
    "r/share/id#1",
    "r/share/id#2",
    "if/then/share/id",
    "again/share/id#1",
    "some/share/id#1",
  ]);
});
