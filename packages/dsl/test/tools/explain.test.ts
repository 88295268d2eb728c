import { choreography, count, group, one, rest } from "@groundplan/dsl";
import { explain, explanation } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { everything, mixed, shaped } from "./example-plans.ts";

const roles = { seed: one(), peer: rest() };

describe("explain()", () => {
  it("says who has which role, whom each stage waits for, what it costs and how long it may take [C72]", () => {
    const circumstances = { groups: { a: 10, b: 90 }, processes: 4 };
    expect(explain(everything.define({ workers: 20 }), circumstances)).toMatchInlineSnapshot(`
      "instances  100   a = 10   b = 90
      roles      leader = 1 (#1)   worker = 20 (#2..#21)   watcher = 1 (#22)   observer = 78 (#23..#100)
      store      redis, 4 processes

      stage                           kind       who                       visits  waits for   acts  reads   bytes
      @roster                         join       all                            1        100    104    400   95 kB
      figure                          run        all                            1               100     96   13 kB
      figures                         exchange   all                            1        100    100    400   28 kB
      mesh                            connect    all                            1
      list                            run        leader                         1
      shares                          scatter    leader, worker                 1          1      1      4  1.1 kB
      ready                           signal     worker, watcher                1                21      0  1.3 kB
      mostly-ready                    wait       leader, observer               1         13      0      4   256 B
      gathered                        gather     leader, worker, observer       1         20     20     80  5.6 kB
      enough                          run        leader                         1
      agreed                          broadcast  all                            1          1      1      4   265 B
      if-enough                       branch     all                            1
        if-enough/then/enough         barrier    leader, watcher                1          2      2      2   256 B
        if-enough/then/twice          rounds     all                            1
          if-enough/then/twice/again  exchange   all                            2        100    200    800   56 kB
          if-enough/then/twice/met    barrier    all                            2        100    200      8   13 kB
        if-enough/else/too-few        barrier    all                            1        100    100      4  6.7 kB
      until-done                      repeat     all                            1
        until-done/done               run        all                            5
        until-done/all-done           reduce     all                            5         21    105    420   28 kB
      among-these                     barrier    worker, observer               1         98     98      4  6.5 kB
      @end                            end        all                            1        100    100      4  6.7 kB
      total                                                                                   1,152  2,230  261 kB

      on          messages   bytes
      memory         1,779  131 kB
      redis          3,382  261 kB
      testground    54,023  4.3 MB

      longest timeout path: 45 s (figure 20 s + mesh 15 s + if-enough/then/enough 10 s); the run's is 2 min
      without a timeout of their own: list, enough, until-done/done"
    `);
  });

  it("counts instances outside where they take part", () => {
    expect(explain(mixed.define(), { instances: 5 })).toMatchInlineSnapshot(`
      "instances  5   single = 5
      roles      seed = 1 (#1)   peer = 2 (#2..#3)   go = 2 (outside)
      store      redis, 5 processes

      stage      kind      who       visits  waits for  acts  reads   bytes
      @roster    join      all            1          3     8      9  4.1 kB
      name       run       all            1
      ready      signal    seed, go       1                2      0   128 B
      are-ready  wait      peer           1          3     0      2   128 B
      names      exchange  all            1          3     6     24  2.2 kB
      config     receive   all            1          2     0      6   336 B
      use        run       all            1
      up         barrier   all, go        1          5     6      6   768 B
      @end       end       all            1          5     3      3   384 B
      total                                               25     50  8.0 kB

      on          messages   bytes
      memory            38  3.5 kB
      redis             75  8.0 kB
      testground        70  6.1 kB

      longest timeout path: none, as no stage adds to it; the run's is 60 s
      without a timeout of their own: name, use"
    `);
  });

  it("takes the fewest instances that there can be, unless it is told how many there are", () => {
    const found = choreography(
      { roles: { boss: one({ group: "bosses" }), two: count(2), some: group("g", { min: 3 }) } },
      (c) => c.barrier("up"),
    );
    const { instances, groups } = explanation(found.define());
    expect({ instances, groups }).toEqual({ instances: 6, groups: { bosses: 1, g: 3, single: 2 } });
  });

  it("names the stages whose bodies have no timeout of their own", () => {
    expect(explanation(everything.define()).path.open).toEqual([
      "list",
      "enough",
      "until-done/done",
    ]);
    expect(explain(shaped.define(), { instances: 4 })).toContain("longest timeout path: none");
  });
});

describe("the model of messages", () => {
  const found = choreography({ roles }, (c) => {
    const name = c.everyone("name", {}, () => "x");
    c.exchange("all", name, { schema: z.string().max(100) });
    const own = c.run("own", "seed", {}, () => "x");
    c.broadcast("one", "seed", own, { schema: z.string() });
    c.barrier("met", { at: "peer" });
  });
  const costs = (circumstances: Parameters<typeof explanation>[1]): Record<string, number[]> => {
    const { stages } = explanation(found.define(), circumstances);
    return Object.fromEntries(stages.map(({ id, acts, reads }) => [id, [acts, reads]]));
  };

  it("has every instance act, and every process read what is there once", () => {
    expect(costs({ instances: 10, processes: 2 })).toMatchObject({
      all: [10, 20],
      one: [1, 2],
      met: [9, 2],
      "@end": [10, 2],
    });
  });

  it("has one process on a store in memory, and every instance read for itself on Testground's", () => {
    expect(costs({ instances: 10, processes: 2, store: "memory" })).toMatchObject({
      all: [10, 10],
    });
    expect(costs({ instances: 10, processes: 2, store: "testground" })).toMatchObject({
      all: [10, 100],
      met: [9, 9],
    });
  });
});

describe("the longest timeout path", () => {
  const path = (
    declare: Parameters<typeof choreography<z.ZodObject, typeof roles>>[1],
  ): unknown => {
    const { ms, steps } = explanation(choreography({ roles }, declare).define()).path;
    return [ms, steps.map(({ stage, ms: each }) => `${stage} ${each}`)];
  };
  const idle = (): void => {};

  it("adds up what one role does, as the others do theirs at the same time", () => {
    expect(
      path((c) => {
        c.run("a", "seed", {}, idle, { timeout: 100 });
        c.run("b", "peer", {}, idle, { timeout: 300 });
        c.run("c", "seed", {}, idle, { timeout: 100 });
      }),
    ).toEqual([300, ["b 300"]]);
  });

  it("goes from role to role where one waits for another", () => {
    expect(
      path((c) => {
        c.run("a", "seed", {}, idle, { timeout: 100 });
        c.run("b", "peer", {}, idle, { timeout: 300 });
        c.barrier("met");
        c.run("c", "seed", {}, idle, { timeout: 100 });
      }),
    ).toEqual([400, ["b 300", "c 100"]]);
  });

  it("leaves a wait when its own timeout ends, if nothing bounds those it waits for", () => {
    expect(
      path((c) => {
        c.run("a", "peer", {}, idle);
        c.barrier("met", { timeout: 50 });
        c.run("b", "seed", {}, idle, { timeout: 10 });
      }),
    ).toEqual([60, ["met 50", "b 10"]]);
  });

  it("leaves a wait sooner where those it waits for cannot be that late", () => {
    expect(
      path((c) => {
        c.run("a", "peer", {}, idle, { timeout: 20 });
        c.barrier("met", { timeout: 5_000 });
      }),
    ).toEqual([20, ["a 20"]]);
  });

  it("waits for a signal from when it was given, not from what came after it", () => {
    expect(
      path((c) => {
        c.run("a", "seed", {}, idle, { timeout: 20 });
        const given = c.signal("given", { at: "seed" });
        c.run("b", "seed", {}, idle, { timeout: 500 });
        c.waitFor("seen", given, { at: "peer" });
        c.run("c", "peer", {}, idle, { timeout: 10 });
      }),
    ).toEqual([520, ["a 20", "b 500"]]);
  });

  it("multiplies rounds, however many there are, and takes the longer arm", () => {
    expect(
      path((c) => {
        c.rounds("r", 1_000, (r) => {
          r.everyone("a", {}, idle, { timeout: 20 });
        });
        const agreed = c.reduce(
          "agreed",
          "seed",
          c.everyone("own", {}, () => true),
          (each) => each.every(Boolean),
        );
        c.branch("if", agreed, {
          then: (d) => void d.everyone("b", {}, idle, { timeout: 7 }),
          else: (d) => void d.everyone("c", {}, idle, { timeout: 5 }),
        });
      }),
    ).toEqual([20_007, ["r/a 20000", "if/then/b 7"]]);
  });
});
