import { choreography, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

describe("a body that only some run at a time", () => {
  test.each([
    [1, 6],
    [2, 7],
    [3, 100],
    [5, 5],
    [9, 4],
  ])(
    "is run by %i of %i at most, each let in once those before it by so many have finished [C35]",
    async (concurrency, n) => {
      let inside = 0;
      let most = 0;
      let finished = 0;
      const tooEarly: number[] = [];
      const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
        c.everyone(
          "start",
          {},
          async ({ me }) => {
            if (finished < me.id - concurrency) tooEarly.push(me.id);
            inside += 1;
            most = Math.max(most, inside);
            await me.sleep(me.id % 3);
            inside -= 1;
            finished += 1;
          },
          { concurrency },
        );
        c.barrier("started");
      });
      expect(errors(await performAll(found, { groups: { g: n } }))).toEqual([]);
      expect(tooEarly).toEqual([]);
      expect(most).toBe(Math.min(concurrency, n));
      expect(finished).toBe(n);
    },
  );

  test("goes in turns in each round anew, and holds up no role that has no part in it", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("r", 2, (r) => {
        r.run("turn", "peer", {}, ({ me }) => void order.push(me.stage + me.id), {
          concurrency: 1,
        });
        r.barrier("met", { at: "peer" });
      });
      c.run("free", "seed", {}, () => void order.push("free"));
    });
    expect(errors(await performAll(found, { groups: { g: 4 } }))).toEqual([]);
    expect(order.filter((each) => each !== "free")).toEqual([
      ...[2, 3, 4].map((id) => `r/turn#1${id}`),
      ...[2, 3, 4].map((id) => `r/turn#2${id}`),
    ]);
    expect(order.indexOf("free")).toBeLessThan(5);
  });

  test("among 1,000 instances tells the store of each once, and each waits once at most", async () => {
    const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
      c.everyone("start", {}, () => {}, { concurrency: 10 });
    });
    const run = await performAll(found, { groups: { g: 1_000 } });
    expect(errors(run)).toEqual([]);
    const events = run.journal.filter(({ stage }) => stage === "start");
    const times = (event: string): number => events.filter((each) => each.event === event).length;
    expect([times("act"), times("wait"), times("turn")]).toEqual([1_000, 990, 1_000]);
  });

  test("that fails in one instance lets nobody else in", async () => {
    const ran: number[] = [];
    const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
      const body = ({ me }: { me: { id: number } }): void => {
        ran.push(me.id);
        if (me.id === 2) throw new Error("boom");
      };
      c.everyone("start", {}, body, { concurrency: 1 });
    });
    expect(errors(await performAll(found, { groups: { g: 4 } }))).toContain(
      "aborted: #2 (node) failed in 'start': boom",
    );
    expect(ran).toEqual([1, 2]);
  });

  test("names who has not finished where a turn does not come in time", async () => {
    const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
      c.everyone("before", {}, ({ me }) => me.sleep(me.id === 2 ? "10s" : 0));
      c.everyone("start", {}, () => {}, { concurrency: 1, timeout: "600ms" });
    });
    expect(errors(await performAll(found, { groups: { g: 3 } })).join()).toMatch(
      /turn 3 at 'start' \(1 at a time\): 1 of 2 after 600 ms\. Missing: #2 node in 'before' for/,
    );
  });
});
