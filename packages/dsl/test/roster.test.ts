import { type Collected, type Member, makeRoster, type RoleData } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

const roles: Readonly<Record<string, RoleData>> = {
  seed: { kind: "one" },
  peer: { kind: "rest", min: 1 },
  attacker: { kind: "group", group: "a", min: 0 },
};
const members: readonly Member[] = [
  { id: 1, role: "seed", group: "g" },
  { id: 2, role: "peer", group: "g" },
  { id: 3, role: "peer", group: "g" },
];

function roster<T>(values: readonly (readonly [number, T])[]): Collected<T> {
  return makeRoster(members, new Map(values), roles);
}

describe("a roster", () => {
  it("gives values in order of id, however they came", () => {
    const addrs = makeRoster(
      [...members].reverse(),
      new Map([
        [3, "c"],
        [1, "a"],
        [2, "b"],
      ]),
      roles,
    );
    expect([...addrs]).toEqual(["a", "b", "c"]);
    expect([...addrs.entries()].map(([{ id }, value]) => `${id}${value}`)).toEqual([
      "1a",
      "2b",
      "3c",
    ]);
    expect(addrs.size).toBe(3);
  });

  it("gives one value of a one, and a list of the others, empty if nobody has the role [C20]", () => {
    expect(
      roster([
        [1, "a"],
        [2, "b"],
        [3, "c"],
      ]),
    ).toMatchObject({
      seed: "a",
      peer: ["b", "c"],
      attacker: [],
    });
  });

  it("has no value of a one that gave none", () => {
    expect(roster([[2, "b"]])).not.toHaveProperty("seed");
  });

  it("gives the value of a member or an id", () => {
    const addrs = roster([
      [1, "a"],
      [2, "b"],
    ]);
    expect([addrs.of(2), addrs.of({ id: 1, role: "seed", group: "g" })]).toEqual(["b", "a"]);
    expect([addrs.has(2), addrs.has(3)]).toEqual([true, false]);
    expect(() => addrs.of(3)).toThrow("this roster has no value of #3, only of #1, #2");
  });

  it("holds values that are undefined, null or 0 as values", () => {
    const values = roster<unknown>([
      [1, undefined],
      [2, null],
      [3, 0],
    ]);
    expect([...values]).toEqual([undefined, null, 0]);
    expect(values.of(1)).toBeUndefined();
  });

  it("cannot be changed by one body under the eyes of another", () => {
    const addrs = roster([
      [1, "a"],
      [2, "b"],
    ]);
    expect(() => Object.assign(addrs, { seed: "x" })).toThrow(TypeError);
    expect(Object.isFrozen((addrs as unknown as { peer: unknown }).peer)).toBe(true);
  });
});
