import {
  castRoles,
  count,
  DefinitionError,
  describeCast,
  fits,
  group,
  minimumInstances,
  one,
  type RoleData,
  type RosterEntry,
  rest,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

type RoleMap = Readonly<Record<string, RoleData>>;

const seedAndPeers: RoleMap = { seed: { kind: "one" }, peer: { kind: "rest", min: 1 } };

/** So many instances of each group, as a runner numbers them, arriving last first. */
function entries(groups: Readonly<Record<string, number>>): RosterEntry[] {
  const all = Object.entries(groups).flatMap(([id, n]) =>
    Array.from({ length: n }, (_, ordinal) => ({ group: id, ordinal })),
  );
  return all.map((entry, index) => ({ ...entry, seq: all.length - index }));
}

function castOf(roles: RoleMap, groups: Readonly<Record<string, number>>): string {
  return describeCast(castRoles(roles, entries(groups)));
}

function complaint(roles: RoleMap, groups: Readonly<Record<string, number>>): string {
  const said = [() => castRoles(roles, entries(groups)), () => fits(roles, groups)].map((act) => {
    try {
      act();
    } catch (error) {
      if (error instanceof DefinitionError) return `${error.code}: ${error.message}`;
    }
    return "nothing";
  });
  expect(said[1]).toBe(said[0]);
  return said[0] ?? "";
}

describe("casting", () => {
  it("numbers instances from 1, a role's one after the other, in declaration order", () => {
    const cast = castRoles(seedAndPeers, entries({ single: 4 }));
    expect(cast.members.map(({ id, role, group: id2 }) => [id, role, id2])).toEqual([
      [1, "seed", "single"],
      [2, "peer", "single"],
      [3, "peer", "single"],
      [4, "peer", "single"],
    ]);
    expect(cast.roles).toEqual({ seed: { first: 1, size: 1 }, peer: { first: 2, size: 3 } });
  });

  it("describes itself on a line", () => {
    const roles: RoleMap = { ...seedAndPeers, attacker: { kind: "group", group: "a", min: 0 } };
    expect(castOf(roles, { single: 100 })).toBe(
      "seed = 1 (#1)   peer = 99 (#2..#100)   attacker = 0",
    );
  });

  it("serves each kind of role alone [C9]", () => {
    expect(castOf({ a: { kind: "one" } }, { g: 1 })).toBe("a = 1 (#1)");
    expect(castOf({ a: { kind: "one", group: "g" } }, { g: 1 })).toBe("a = 1 (#1)");
    expect(castOf({ a: { kind: "count", n: 3, min: 1 } }, { g: 3 })).toBe("a = 3 (#1..#3)");
    expect(castOf({ a: { kind: "group", group: "g", min: 1 } }, { g: 2 })).toBe("a = 2 (#1..#2)");
    expect(castOf({ a: { kind: "rest", min: 1 } }, { g: 2, h: 2 })).toBe("a = 4 (#1..#4)");
    expect(castOf({ a: { kind: "percent", share: 100, min: 1 } }, { g: 3 })).toBe("a = 3 (#1..#3)");
    expect(castOf({ a: { kind: "sample", n: 2, min: 1 } }, { g: 2 })).toBe("a = 2 (#1..#2)");
    const asked = entries({ g: 2 }).map((entry) => ({ ...entry, params: { zone: "e" } }));
    const east: RoleMap = { a: { kind: "where", params: { zone: "e" }, min: 1 } };
    expect(describeCast(castRoles(east, asked))).toBe("a = 2 (#1..#2)");
  });

  it("serves the more specific role first, whatever the order of declaration [C11]", () => {
    const roles: RoleMap = {
      light: { kind: "rest", min: 0 },
      some: { kind: "count", n: 2, min: 1 },
      any: { kind: "one" },
      validators: { kind: "group", group: "b", min: 1 },
      leader: { kind: "one", group: "b" },
    };
    const cast = castRoles(roles, entries({ a: 4, b: 3 }));
    expect(describeCast(cast)).toBe(
      "light = 1 (#1)   some = 2 (#2..#3)   any = 1 (#4)   validators = 2 (#5..#6)   leader = 1 (#7)",
    );
    // The leader is the first of group b, though it is declared last: entries arrive last first.
    expect(cast.members.at(-1)).toEqual({ id: 7, role: "leader", group: "b", seq: 3 });
  });

  it("takes a count from several groups, in order of their names", () => {
    const cast = castRoles(
      { some: { kind: "count", n: 3, min: 1 }, others: { kind: "rest", min: 1 } },
      entries({ b: 2, a: 2 }),
    );
    expect(cast.members.map(({ role, group: id }) => `${role} ${id}`)).toEqual([
      "some a",
      "some a",
      "some b",
      "others b",
    ]);
  });

  it("covers every instance once, for every size that fits", () => {
    const roles: RoleMap = {
      seed: { kind: "one" },
      relay: { kind: "group", group: "relays", min: 0 },
      leech: { kind: "count", n: 3, min: 1 },
      light: { kind: "rest", min: 0 },
    };
    for (let n = 4; n < 60; n++) {
      const relays = n % 7;
      const { members } = castRoles(roles, entries({ main: n, relays }));
      expect(members.map(({ id }) => id)).toEqual(Array.from(members, (_, index) => index + 1));
      expect(new Set(members.map(({ seq }) => seq)).size).toBe(n + relays);
    }
  });

  it("gives the same instance the same id from run to run, whoever arrives first [C15]", () => {
    const runs = [
      [1, 2, 3, 4, 5, 6],
      [6, 5, 4, 3, 2, 1],
      [2, 4, 6, 1, 3, 5],
    ].map((order) => {
      const hosts = ["n-a", "n-b", "n-c"];
      const arrivals: RosterEntry[] = order.map((seq, index) =>
        index < 3
          ? { seq, group: "exec", ordinal: index }
          : { seq, group: "docker", host: hosts[index - 3] ?? "" },
      );
      const arrived = [...arrivals].sort((a, b) => a.seq - b.seq);
      const { members } = castRoles(seedAndPeers, arrived);
      return members.map(({ seq }) => order.indexOf(seq));
    });
    expect(runs[0]).toEqual([3, 4, 5, 0, 1, 2]);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it("goes by ordinals as numbers, before hosts, and by arrival where there is neither", () => {
    const seqs = castRoles(seedAndPeers, [
      { seq: 1, group: "g" },
      { seq: 2, group: "g", host: "h" },
      { seq: 3, group: "g", ordinal: 10, host: "a" },
      { seq: 4, group: "g", ordinal: 9, host: "b" },
      { seq: 5, group: "g" },
    ]).members.map(({ seq }) => seq);
    expect(seqs).toEqual([4, 3, 1, 5, 2]);
  });

  it("says beforehand what ids there will be", () => {
    expect(fits(seedAndPeers, { a: 2, b: 3 })).toEqual(
      castRoles(seedAndPeers, entries({ a: 2, b: 3 })).roles,
    );
  });

  it("knows how many instances roles need at least", () => {
    expect(
      minimumInstances({
        a: { kind: "one" },
        b: { kind: "count", n: 5, min: 1 },
        c: { kind: "group", group: "g", min: 2 },
        d: { kind: "rest", min: 0 },
      }),
    ).toBe(8);
  });
});

describe("roles that do not fit the instances", () => {
  it("are told with what they ask and what there is [C12]", () => {
    const roles: RoleMap = {
      seed: { kind: "one" },
      leech: { kind: "count", n: 30, param: "leech_count", min: 1 },
      passive: { kind: "group", group: "lurkers", min: 1 },
    };
    expect(complaint(roles, { main: 25, lurkers: 75 })).toBe(
      "too-few-instances: role 'leech' takes 30 (parameter leech_count), but only 24 of 100 " +
        "instances are left after 'passive' (75) and 'seed' (1)",
    );
  });

  it("are told in words, each way not to fit [C12]", () => {
    const g = { group: "g" } as const;
    const said = [
      complaint(seedAndPeers, {}),
      complaint(seedAndPeers, { single: 1 }),
      complaint({ a: { kind: "rest", min: 5 } }, { g: 3 }),
      complaint({ seed: { kind: "one" }, peer: { kind: "rest", min: 2 } }, { g: 2 }),
      complaint({ a: { kind: "one" }, b: { kind: "group", ...g, min: 1 } }, { g: 9 }),
      complaint({ a: { kind: "one", ...g }, b: { kind: "one", ...g } }, { g: 1, h: 3 }),
      complaint({ a: { kind: "group", ...g, min: 3 } }, { g: 1 }),
      complaint({ a: { kind: "group", group: "x", min: 1 } }, { g: 1, h: 9 }),
      complaint({ a: { kind: "one", group: "x" } }, { g: 1 }),
      complaint({ a: { kind: "count", n: 0, param: "n", min: 1 } }, { g: 9 }),
      complaint({ a: { kind: "one" }, b: { kind: "count", n: 2, min: 1 } }, { g: 5, h: 1 }),
      complaint({ a: { kind: "group", ...g, min: 1 } }, { g: 5, h: 1 }),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "too-few-instances: role 'seed' takes 1, but there are none
      too-few-instances: role 'peer' needs at least 1, but the only one went to 'seed' (1)
      too-few-instances: role 'a' needs at least 5, but there are only 3
      too-few-instances: role 'peer' needs at least 2, but only 1 of 2 instances is left after 'seed' (1)
      too-few-instances: role 'a' takes 1, but none of 9 instances is left after 'b' (9)
      too-few-instances: role 'b' takes 1 of group 'g', but the only one went to 'a' (1)
      too-few-instances: role 'a' needs at least 3 of group 'g', but there is only 1
      unknown-group: role 'a' needs at least 1 of group 'x', but there is no such group; the groups are 'g' (1) and 'h' (9)
      unknown-group: role 'a' takes 1 of group 'x', but there is no such group; the groups are 'g' (1)
      too-few-instances: role 'a' takes 0 (parameter n), but needs at least 1; declare it with { min: 0 } if nobody may have it
      instances-left: 3 of 6 instances have no role after 'a' (1) and 'b' (2): 2 of group 'g' and 1 of group 'h'; start fewer, or declare a role with rest()
      instances-left: 1 of 6 instances has no role after 'a' (5): 1 of group 'h'; start fewer, or declare a role with rest()"
    `);
  });

  it("may leave a role of least 0 empty, its group unknown", () => {
    const roles: RoleMap = {
      a: { kind: "count", n: 0, min: 0 },
      b: { kind: "group", group: "x", min: 0 },
      c: { kind: "rest", min: 0 },
      d: { kind: "one" },
    };
    expect(castOf(roles, { g: 1 })).toBe("a = 0   b = 0   c = 0   d = 1 (#1)");
  });
});

describe("the role functions", () => {
  it("ask for one instance at least of a role of many", () => {
    expect([one(), one({ group: "g" }), count(2), group("g"), rest({ min: 0 })]).toMatchObject([
      { kind: "one", spec: { kind: "one" } },
      { kind: "one", spec: { kind: "one", group: "g" } },
      { kind: "many", spec: { kind: "count", n: 2, min: 1 } },
      { kind: "many", spec: { kind: "group", group: "g", min: 1 } },
      { kind: "many", spec: { kind: "rest", min: 0 } },
    ]);
  });
});
