import {
  castRoles,
  choreography,
  count,
  DefinitionError,
  describeCast,
  fits,
  one,
  percent,
  type RoleData,
  rest,
  sample,
  where,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { errors, performAll } from "./perform-all.ts";

type RoleMap = Readonly<Record<string, RoleData>>;

const soon = { timeout: "20s", join: "10s" } as const;

function entriesOf(n: number) {
  return Array.from({ length: n }, (_, ordinal) => ({ seq: n - ordinal, group: "g", ordinal }));
}

function caught(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof DefinitionError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

function share(percentage: number, min = 0): RoleData {
  return { kind: "percent", share: percentage, min };
}

describe("shares in percent", () => {
  it.each([
    [[50, 50]],
    [[50, 30, 20]],
    [[33.3, 33.3, 33.4]],
    [[0.1, 99.9]],
    [Array.from({ length: 7 }, () => 100 / 7)],
  ])("of %j add up exactly, whatever the number, each within one of its own [C13]", (shares) => {
    const roles = Object.fromEntries(shares.map((each, index) => [`r${index}`, share(each)]));
    for (let n = 1; n <= 200; n++) {
      const sizes = Object.values(fits(roles, { g: n })).map(({ size }) => size);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(n);
      for (const [index, size] of sizes.entries())
        expect(Math.abs(size - ((shares[index] ?? 0) * n) / 100)).toBeLessThan(1);
    }
  });

  it("give what is over to the largest remainder, the first of equals", () => {
    const sizes = (n: number, ...shares: number[]): readonly number[] => {
      const roles = Object.fromEntries(shares.map((each, index) => [`r${index}`, share(each)]));
      return Object.values(fits(roles, { g: n })).map(({ size }) => size);
    };
    expect(sizes(3, 50, 50)).toEqual([2, 1]);
    expect(sizes(10, 24, 26, 50)).toEqual([2, 3, 5]);
    expect(sizes(1, 20, 30, 50)).toEqual([0, 0, 1]);
  });

  it("are of all instances, and leave the others to the rest", () => {
    const roles: RoleMap = {
      peer: { kind: "rest", min: 1 },
      seed: { kind: "one" },
      slow: share(10),
      slower: share(15),
    };
    const cast = castRoles(roles, entriesOf(50));
    expect(describeCast(cast)).toBe(
      "peer = 36 (#1..#36)   seed = 1 (#37)   slow = 5 (#38..#42)   slower = 8 (#43..#50)",
    );
  });

  it("that cannot be are refused with what they ask", () => {
    const pass = (): void => undefined;
    const said = [
      caught(() => percent(0)),
      caught(() => percent(101)),
      caught(() => percent(Number.NaN)),
      caught(() => choreography({ roles: { a: percent(60), b: percent(50) } }, pass)),
      caught(() => fits({ a: share(5, 1), b: { kind: "rest", min: 0 } }, { g: 4 })),
      caught(() => fits({ a: share(100), b: { kind: "one" } }, { g: 4 })),
      caught(() => fits({ a: share(50) }, { g: 4 })),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "bad-role: percent(0) must be more than 0, at most 100
      bad-role: percent(101) must be more than 0, at most 100
      bad-role: percent(NaN) must be more than 0, at most 100
      bad-role: roles 'a' (60), 'b' (50) take more than 100 percent together
      too-few-instances: role 'a' takes 0 (5 % of 4), but needs at least 1; declare it with { min: 0 } if nobody may have it
      too-few-instances: role 'a' takes 4 (100 % of 4), but only 3 of 4 instances are left after 'b' (1)
      instances-left: 2 of 4 instances have no role after 'a' (2): 2 of group 'g'; start fewer, or declare a role with rest()"
    `);
  });
});

describe("a sample", () => {
  const roles: RoleMap = {
    seed: { kind: "one" },
    victim: { kind: "sample", n: 3, min: 1 },
    peer: { kind: "rest", min: 0 },
  };
  const drawn = (seed: string): readonly number[] =>
    castRoles(roles, entriesOf(30), seed)
      .members.filter(({ role }) => role === "victim")
      .map(({ seq }) => seq);

  it("is the same for one seed, whoever arrives first, and another for another", () => {
    expect(drawn("a")).toEqual(drawn("a"));
    expect(drawn("a")).not.toEqual(drawn("b"));
    const reversed = castRoles(roles, entriesOf(30).reverse(), "a").members;
    expect(reversed).toEqual(castRoles(roles, entriesOf(30), "a").members);
  });

  it("draws from all that are left, and leaves ids consecutive", () => {
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => drawn(`${seed}`)).flat());
    expect(seen.size).toBe(29);
    const cast = castRoles(roles, entriesOf(30), "a");
    expect(describeCast(cast)).toBe("seed = 1 (#1)   victim = 3 (#2..#4)   peer = 26 (#5..#30)");
    expect(new Set(cast.members.map(({ seq }) => seq)).size).toBe(30);
  });

  it("that is too large is told with what it takes and its parameter", () => {
    const params = z.object({ n: z.number().default(9) });
    const found = choreography({ params, roles: { victim: sample("n"), peer: rest() } }, () => {});
    expect(caught(() => fits(found.define().roles, { g: 4 }))).toBe(
      "too-few-instances: role 'victim' takes 9 (parameter n), but there are only 4",
    );
    expect(caught(() => sample(-1))).toBe("bad-role: sample(-1) must be a whole number, 0 or more");
  });

  it("is the same at every instance of a run, and in runs with one seed [C14]", async () => {
    const run = async (seed: string): Promise<readonly string[]> => {
      const cast = new Set<string>();
      const all = { seed: one(), victim: sample(3), peer: rest() };
      const found = choreography({ roles: all, ...soon }, (c) => {
        const at = c.everyone("at", {}, ({ me }) => me.env.runParams.ordinal ?? -1);
        const roster = c.exchange("all", at);
        c.everyone("look", { roster }, ({ roster }) => void cast.add(roster.victim.join()));
      });
      expect(errors(await performAll(found, { groups: { g: 12 }, seed }))).toEqual([]);
      return [...cast];
    };
    const [first, again, other] = [await run("1"), await run("1"), await run("2")];
    expect(first).toHaveLength(1);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe("where", () => {
  const params = z.object({ byzantine: z.boolean().default(false), zone: z.string().default("a") });
  const roles = { byz: where({ byzantine: true }), east: where({ zone: "e" }), honest: rest() };

  it("chooses instances by their own parameters, defaults included [C17]", async () => {
    const seen: string[] = [];
    const found = choreography({ params, roles, ...soon }, (c) => {
      c.everyone("who", {}, ({ me }) => void seen.push(`${me.role} ${me.group} #${me.id}`));
      c.barrier("met");
    });
    const run = await performAll(found, {
      groups: { a: 2, b: 1, c: 2 },
      params: { b: "zone=e|byzantine=true", c: "zone=e" },
    });
    expect(errors(run)).toEqual([]);
    expect(seen.toSorted()).toEqual([
      "byz b #1",
      "east c #2",
      "east c #3",
      "honest a #4",
      "honest a #5",
    ]);
  });

  it("is known beforehand from the parameters of each group", () => {
    const [plain, byzantine] = [
      choreography({ params, roles }, () => {}).define(),
      choreography({ params, roles }, () => {}).define({ byzantine: true }),
    ];
    expect(plain.fingerprint).toBe(byzantine.fingerprint);
    expect([plain.asked, byzantine.asked]).toEqual([
      { byzantine: false, zone: "a" },
      { byzantine: true, zone: "a" },
    ]);
    const asked = { p: plain.asked, q: byzantine.asked, r: { byzantine: false, zone: "e" } };
    expect(fits(plain.roles, { p: 2, q: 3, r: 1 }, asked)).toEqual({
      byz: { first: 1, size: 3 },
      east: { first: 4, size: 1 },
      honest: { first: 5, size: 2 },
    });
  });

  it("that nobody fits, or that others have taken, is told with what it asks [C11]", () => {
    const { roles: data, asked } = choreography({ params, roles }, () => {}).define();
    const overlap: RoleMap = {
      east: { kind: "where", params: { zone: "e" }, min: 1 },
      byz: { kind: "where", params: { zone: "e", byzantine: true }, min: 1 },
      honest: { kind: "rest", min: 0 },
    };
    const said = [
      caught(() => fits(data, { g: 3 }, { g: asked })),
      caught(() => fits(overlap, { g: 3 }, { g: { zone: "e", byzantine: true } })),
      caught(() => where({})),
      caught(() => {
        const bad = { params: z.object({ list: z.array(z.string()).default([]) }) };
        choreography({ ...bad, roles: { a: where({ list: "x" } as never) } }, () => {}).define();
      }),
      caught(() => choreography({ roles: { a: where({ no: 1 } as never) } }, () => {}).define()),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "too-few-instances: role 'byz' needs at least 1 with byzantine = true, but there are none
      too-few-instances: role 'byz' needs at least 1 with zone = "e" and byzantine = true, but none of 3 instances with zone = "e" and byzantine = true is left after 'east' (3)
      bad-role: where({}) asks for nothing: name a parameter
      bad-role: role 'a' is chosen by parameter 'list', which is object: it must be a text, a number or a boolean
      bad-role: role 'a' is chosen by parameter 'no', which is not a parameter of this choreography: it must be a text, a number or a boolean"
    `);
  });
});

it("roles of every kind cover all instances once, for every number that fits [C10]", () => {
  const roles: RoleMap = {
    light: { kind: "rest", min: 0 },
    victim: { kind: "sample", n: 2, min: 0 },
    slow: share(20),
    some: { kind: "count", n: 3, min: 1 },
    seed: { kind: "one" },
    byz: { kind: "where", params: { byz: true }, min: 0 },
  };
  for (let n = 8; n < 80; n++) {
    const entries = entriesOf(n).map((entry) => ({
      ...entry,
      params: { byz: entry.seq % 9 === 0 },
    }));
    const { members } = castRoles(roles, entries, `${n}`);
    expect(members.map(({ id }) => id)).toEqual(members.map((_, index) => index + 1));
    expect(new Set(members.map(({ seq }) => seq)).size).toBe(n);
    for (const { seq, role } of members) expect(role === "byz").toBe(seq % 9 === 0);
  }
});

it("role functions ask for one instance at least unless they are told otherwise", () => {
  expect([percent(5), sample(2, { min: 0 }), where({ a: 1 }), count(2)]).toMatchObject([
    { kind: "many", spec: { kind: "percent", share: 5, min: 1 } },
    { kind: "many", spec: { kind: "sample", n: 2, min: 0 } },
    { kind: "many", spec: { kind: "where", params: { a: 1 }, min: 1 } },
    { kind: "many", spec: { kind: "count", n: 2, min: 1 } },
  ]);
});
