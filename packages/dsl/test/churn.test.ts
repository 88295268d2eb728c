import { choreography, count, one, reportLost, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { ChurnRun, performOver, STORES } from "./churn-run.ts";
import { errors, performAll, type Run } from "./perform-all.ts";

const soon = { timeout: "80s", join: "40s" } as const;
const roles = { seed: one({ group: "a" }), peer: rest({ atLeast: 3 }) };
/** Seed is #1, peers are #2 to #6. */
const groups = { a: 2, b: 4 };

function types(run: Run): readonly string[] {
  return run.results.map(({ type }) => type).toSorted();
}

describe.each(STORES)("with instances to lose, over %s", (store) => {
  test("one that fails ends with its own failure, and the others go on without it [C60]", async () => {
    const seen: unknown[] = [];
    const members: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      const before = c.exchange("before", id);
      c.run("dial", "peer", {}, ({ me }) => {
        if (me.id === 4) throw new Error("connection reset");
      });
      c.barrier("dialled");
      c.everyone("look", {}, ({ me }) => void members.push(me.members.map((each) => each.id)));
      const after = c.exchange("after", id);
      c.everyone("see", { before, after }, ({ before, after }) => {
        seen.push([before.peer, after.peer, after.has(4), after.size]);
      });
    });
    const run = await performOver(store, found, groups);
    expect(errors(run)).toEqual(["peer #4 stage 'dial': connection reset"]);
    expect(types(run)).toEqual(["failed", "ok", "ok", "ok", "ok", "ok"]);
    expect(seen).toEqual(Array(5).fill([[2, 3, 4, 5, 6], [2, 3, 5, 6], false, 5]));
    expect(members).toEqual(Array(5).fill([1, 2, 3, 5, 6]));
    const told = run.journal.filter(({ event }) => event === "lost");
    expect(told.map(({ id }) => id).toSorted()).toEqual([1, 2, 3, 5, 6]);
    expect(new Set(told.map(({ text }) => text))).toEqual(
      new Set(["#4 (peer) failed in 'dial': connection reset"]),
    );
  });

  test("every kind of stage does without those who are lost", async () => {
    const got: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      c.run(
        "turns",
        "peer",
        {},
        ({ me }) => {
          if (me.id === 3) throw new Error("lost in its turn");
        },
        { concurrency: 1 },
      );
      const ready = c.signal("ready", { at: "peer" });
      c.waitFor("all-ready", ready, { at: "seed" });
      const sum = c.reduce("sum", "peer", id, (ids) => ids.reduce((a, b) => a + b, 0));
      const gathered = c.gather("gathered", "peer", "seed", id);
      const list = c.run("list", "seed", { gathered }, ({ gathered, me }) =>
        me.members.filter(({ role }) => role === "peer").map((each) => [each.id, gathered.size]),
      );
      const own = c.scatter("own", "seed", "peer", list);
      c.run("see", "peer", { own, sum }, ({ own, sum, me }) => void got.push([me.id, own, sum]));
      c.rounds("r", 3, (r) => {
        r.run("fail", "peer", {}, ({ me }) => {
          if (me.id === 6 && me.round === 1) throw new Error("lost in a round");
        });
        r.barrier("b");
      });
    });
    const run = await performOver(store, found, groups);
    expect(errors(run).toSorted()).toEqual([
      "peer #3 stage 'turns': lost in its turn",
      "peer #6 stage 'r/fail#2': lost in a round",
    ]);
    const ids = [2, 4, 5, 6];
    expect(got.toSorted()).toEqual(ids.map((id) => [id, [id, 4], 17]));
  });

  test("one too many aborts the run, and says of which role, how many are left and needed [C61]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      for (const id of [2, 3, 4]) {
        c.run(`fail-${id}`, "peer", {}, ({ me }) => {
          if (me.id === id) throw new Error("connection reset");
        });
        c.barrier(`after-${id}`);
      }
    });
    const run = await performOver(store, found, groups);
    const told =
      "aborted: #4 (peer) failed in 'fail-4': connection reset; role 'peer' has 2 of 5 instances left and needs 3";
    expect(errors(run).toSorted()).toEqual([
      told,
      told,
      told,
      "peer #2 stage 'fail-2': connection reset",
      "peer #3 stage 'fail-3': connection reset",
      "peer #4 stage 'fail-4': connection reset",
    ]);
  });

  test("a role of one has none to lose [C62]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("build", "seed", {}, () => {
        throw new Error("no space");
      });
      c.barrier("built");
    });
    const run = await performOver(store, found, groups);
    expect(types(run)).toEqual(["aborted", "aborted", "aborted", "aborted", "aborted", "failed"]);
    expect(errors(run)).toContain("aborted: #1 (seed) failed in 'build': no space");
  });

  test("those lost at random places leave the same rosters at all survivors [C60]", async () => {
    const any = { node: rest({ atLeast: "25%" }) };
    const stages = [0, 1, 2, 3, 4, 5];
    for (let round = 0; round < 4; round++) {
      const seen = new Map<number, Set<string>>(stages.map((stage) => [stage, new Set()]));
      const found = choreography({ roles: any, ...soon }, (c) => {
        const id = c.everyone("id", {}, ({ me }) => me.id);
        for (const stage of stages) {
          c.everyone(`work-${stage}`, {}, async ({ me }) => {
            // Of eight, #1 to #6 fail, each in its own stage, some after a while.
            if (me.id === stage + 1) {
              await me.sleep(Math.floor(Math.random() * 20));
              throw new Error("gone");
            }
          });
          const all = c.exchange(`ids-${stage}`, id);
          c.everyone(`look-${stage}`, { all }, ({ all, me }) => {
            const members = me.members.map((each) => each.id);
            seen.get(stage)?.add(`${[...all]} of ${members}`);
          });
        }
      });
      const run = await performOver(store, found, { a: 4, b: 4 });
      expect(types(run)).toEqual([...Array(6).fill("failed"), "ok", "ok"]);
      for (const [stage, rosters] of seen) {
        const left = [1, 2, 3, 4, 5, 6, 7, 8].filter((id) => id > stage + 1);
        expect([...rosters]).toEqual([`${left} of ${left}`]);
      }
    }
  });
});

describe("what is told from outside", () => {
  test.each(["redis", "service"] as const)(
    "over %s, a process that its runner has seen die is missed no longer",
    async (store) => {
      await using run = await ChurnRun.open(store);
      const runner = await run.namespace();
      const found = choreography({ roles, ...soon }, (c) => {
        c.run("work", "peer", {}, async ({ me }) => {
          if (me.id !== 5) return;
          await reportLost(runner, {
            id: 5,
            stage: "work",
            error: "its process was killed",
            how: "died",
          });
          // It lives on, as a process that was only taken for dead.
          await me.sleep("70s");
        });
        c.barrier("worked");
      });
      const ended = await run.perform(found, groups);
      expect(errors(ended)).toEqual([
        "peer #5 stage 'work': the others go on without this instance: its process was killed",
      ]);
      expect(ended.journal).toContainEqual(
        expect.objectContaining({
          event: "lost",
          text: "#5 (peer) died in 'work': its process was killed",
        }),
      );
    },
  );

  test("a loss that no role can bear aborts a run without any atLeast", async () => {
    await using run = await ChurnRun.open("service");
    const runner = await run.namespace();
    const found = choreography({ roles: { seed: one(), peer: rest() }, ...soon }, (c) => {
      c.run("work", "peer", {}, async ({ me }) => {
        if (me.id === 3) {
          await reportLost(runner, { id: 3, stage: "work", error: "killed", how: "died" });
        }
        await me.sleep("70s");
      });
    });
    const ended = await run.perform(found, { a: 3 });
    expect(errors(ended)).toEqual(Array(3).fill("aborted: #3 (peer) died in 'work': killed"));
  });

  test("the same loss told twice counts once", async () => {
    await using run = await ChurnRun.open("service");
    const runner = await run.namespace();
    const loss = { id: 2, error: "killed", how: "died" } as const;
    const found = choreography(
      { roles: { seed: one(), peer: rest({ atLeast: 2 }) }, ...soon },
      (c) => {
        c.run("tell", "seed", {}, async () => {
          expect(await reportLost(runner, loss)).toBe(1);
          expect(await reportLost(runner, { ...loss, error: "again" })).toBe(1);
        });
        c.barrier("told");
      },
    );
    const ended = await run.perform(found, { a: 4 });
    expect(types(ended)).toEqual(["failed", "ok", "ok", "ok"]);
  });
});

describe("how many must survive", () => {
  test.each([
    ["a number", 2, 2],
    ["a share, rounded up", "50%", 2],
    ["none", 0, 3],
  ] as const)("can be %s", async (_, atLeast, mayFail) => {
    const found = choreography(
      { roles: { seed: one(), peer: rest({ atLeast }) }, ...soon },
      (c) => {
        c.run("fail", "peer", {}, ({ me }) => {
          if (me.id <= mayFail) throw new Error("gone");
        });
        c.barrier("after");
      },
    );
    const run = await performAll(found, { groups: { g: 4 } });
    expect(run.results[0]?.type).toBe("ok");
    expect(types(run).filter((type) => type === "failed")).toHaveLength(mayFail - 1);
  });

  test("is refused where the role has not so many", async () => {
    const found = choreography({ roles: { seed: one(), peer: count(2, { atLeast: 3 }) } }, (c) =>
      c.barrier("b"),
    );
    expect(errors(await performAll(found)).join()).toContain(
      "role 'peer' has 2, but at least 3 of it must survive",
    );
    expect(() => rest({ atLeast: -1 })).toThrow(
      'atLeast of a role is -1: write a whole number, 0 or more, or a share such as "90%"',
    );
  });

  test("stands among the roles that instances compare, where it is given", () => {
    const found = choreography({ roles: { peer: rest({ atLeast: "90%" }) } }, (c) =>
      c.barrier("b"),
    );
    expect(found.define().roles).toEqual({ peer: { kind: "rest", min: 1, atLeast: "90%" } });
  });
});

test.each(STORES)("an instance that crashes is lost like one that fails: %s", async (store) => {
  const roles = { seed: one({ group: "a" }), peer: rest({ atLeast: 3 }) };
  const found = choreography({ roles, timeout: "60s" }, (c) => {
    c.run("dial", "peer", {}, async ({ me }) => {
      if (me.id !== 4) return;
      setImmediate(() => {
        throw new Error("from a callback");
      });
      await new Promise(() => {});
    });
    c.barrier("dialled");
  });
  const run = await performOver(store, found, { a: 2, b: 4 });
  expect(run.results.map(({ type }) => type)).toEqual(["ok", "ok", "ok", "crashed", "ok", "ok"]);
  expect(run.journal.find(({ event }) => event === "lost")?.text).toBe(
    "#4 (peer) crashed in 'dial': from a callback",
  );
});
