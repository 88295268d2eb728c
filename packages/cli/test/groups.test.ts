import { describe, expect, test } from "vitest";
import { parseGroups } from "../src/run/groups.ts";

const parse = (group: string[], instances?: number, param: string[] = []) =>
  parseGroups({ group, instances, param });

describe("the groups of a run", () => {
  test("-n makes one group, called single as in Testground", () => {
    expect(parse([], 3)).toEqual([{ id: "single", instances: 3, params: {} }]);
  });

  test("a group's own parameters come before those for all", () => {
    expect(parse(["a=1,rounds=3", "b=2"], undefined, ["rounds=5", "name=x"])).toEqual([
      { id: "a", instances: 1, params: { rounds: "3", name: "x" } },
      { id: "b", instances: 2, params: { rounds: "5", name: "x" } },
    ]);
  });

  test("a value may hold commas, and equal signs after its first", () => {
    expect(parse(["a=1,list=x,y,query=k=v"])[0]?.params).toEqual({ list: "x,y", query: "k=v" });
  });

  test("-n may repeat the sum of the groups, and not contradict it", () => {
    expect(parse(["a=1", "b=2"], 3)).toHaveLength(2);
    expect(() => parse(["a=1", "b=2"], 4)).toThrow("-n 4 does not match the groups, which have 3");
  });

  test.each([
    [["a=0"], "--group a: 0 is not a number of instances"],
    [["a=x"], "--group a: NaN is not a number of instances"],
    [["a="], "say how many instances to run"],
    [["a"], "--group a: write name=value"],
    [["a=1", "a=2"], "--group a is given twice"],
    [["../x=1"], "'../x' cannot be the name of a group"],
    [["..=1"], "'..' cannot be the name of a group"],
  ])("%j is refused", (groups, message) => {
    expect(() => parse(groups)).toThrow(message);
  });
});
