import { choreography, count, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

describe("a scatter", () => {
  test("gives each member the value at its place, also to the one that deals them out", async () => {
    const seen: unknown[] = [];
    const three = { a: count(2), dealer: one(), b: rest() };
    const found = choreography({ roles: three, ...soon }, (c) => {
      const list = c.run("list", "dealer", {}, ({ me }) => me.members.map(({ id }) => [id, "x"]));
      const mine = c.scatter("deal", "dealer", ["a", "dealer", "b"], list);
      c.everyone("look", { mine }, ({ mine, me }) => void seen.push([me.id, mine]));
    });
    expect(errors(await performAll(found, { groups: { g: 5 } }))).toEqual([]);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5].map((id) => [id, [id, "x"]]));
  });

  test.each([
    [1, "1 values for the 2 members of peer: give one for each, in order of id"],
    [3, "3 values for the 2 members of peer: give one for each, in order of id"],
  ])("of %i values for two members fails before it sends any [C23]", async (n, told) => {
    const found = choreography({ roles, ...soon }, (c) => {
      const list = c.run("list", "seed", {}, () => Array.from({ length: n }, () => 1));
      c.scatter("deal", "seed", "peer", list);
    });
    const run = await performAll(found);
    expect(errors(run)).toEqual([
      `seed #1 stage 'deal': ${told}`,
      `aborted: #1 (seed) failed in 'deal': ${told}`,
      `aborted: #1 (seed) failed in 'deal': ${told}`,
    ]);
    expect(run.journal.filter(({ event }) => event === "act")).toEqual([]);
  });

  test("checks each value before it is sent, and that it is JSON", async () => {
    const odd = choreography({ roles, ...soon }, (c) => {
      const list = c.run("list", "seed", {}, () => [1, -1]);
      c.scatter("deal", "seed", "peer", list, { schema: z.number().positive() });
    });
    expect(errors(await performAll(odd))[0]).toContain(
      "seed #1 stage 'deal': the value of #3 (peer) at stage 'deal' does not fit its schema:",
    );
    const live = choreography({ roles, ...soon }, (c) => {
      const list = c.run("list", "seed", {}, () => [1, new Date(0)] as unknown as number[]);
      c.scatter("deal", "seed", "peer", list);
    });
    expect(errors(await performAll(live))[0]).toContain("is not JSON: [1] is a Date");
  });

  test("of something that is no list says so", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const list = c.run("list", "seed", {}, () => "ab" as unknown as string[]);
      c.scatter("deal", "seed", "peer", list);
    });
    expect(errors(await performAll(found))[0]).toContain("is not a list");
  });
});

describe("a reduce", () => {
  test("gives all the same, even where the fold depends on the order [C24]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const late = c.run("id", "peer", {}, async ({ me }) => {
        await me.sleep(20 - me.id * 3);
        return me.id;
      });
      const text = c.reduce("text", "peer", late, (ids) => ({ text: ids.join("<") }));
      c.everyone("look", { text }, ({ text }) => void seen.push(text));
    });
    expect(errors(await performAll(found, { groups: { g: 5 } }))).toEqual([]);
    expect(seen).toEqual(Array(5).fill({ text: "2<3<4<5" }));
    expect(Object.isFrozen(seen[0])).toBe(true);
  });

  test("of a role without members folds nothing", async () => {
    const seen: unknown[] = [];
    const none = { a: one(), b: rest({ min: 0 }) };
    const found = choreography({ roles: none, ...soon }, (c) => {
      const id = c.run("id", "b", {}, ({ me }) => me.id);
      const sum = c.reduce("sum", "b", id, (ids) => ids.reduce((a, b) => a + b, 0));
      c.run("look", "a", { sum }, ({ sum }) => void seen.push(sum));
    });
    expect(errors(await performAll(found, { groups: { g: 1 } }))).toEqual([]);
    expect(seen).toEqual([0]);
  });

  test("whose fold throws, or is async behind a cast, fails with its name", async () => {
    const thrown = choreography({ roles, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      c.reduce("worst", "peer", id, (): number => {
        throw new Error("no worst");
      });
    });
    expect(errors(await performAll(thrown)).join()).toContain(
      "stage 'worst': its fold failed: no worst",
    );
    const late = choreography({ roles, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      c.reduce("worst", "peer", id, (async () => 1) as unknown as () => number);
    });
    expect(errors(await performAll(late)).join()).toContain(
      "stage 'worst': its fold returned a promise; a fold cannot be async",
    );
  });
});
