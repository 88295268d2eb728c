import { choreography, one, type Random, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../src/random.ts";
import { xoshiro128 } from "../src/xoshiro128.ts";
import { performAll } from "./perform-all.ts";

const fromNine = (random: Random): readonly number[] =>
  Array.from({ length: 6 }, () => random.int(9));

describe("draws", () => {
  test("come from xoshiro128** as its authors wrote it", () => {
    const next = xoshiro128(Uint32Array.of(1, 2, 3, 4));
    expect(Array.from({ length: 10 }, next)).toEqual([
      11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492, 1_287_239_034, 3_734_860_849,
      3_729_100_597, 4_258_142_804,
    ]);
  });

  test("are the same for one seed, now and in later versions, and others for another", () => {
    expect(fromNine(seededRandom("run", 1))).toEqual(fromNine(seededRandom("run", 1)));
    expect(fromNine(seededRandom("run", 1))).not.toEqual(fromNine(seededRandom("run", 2)));
    expect(fromNine(seededRandom("run", 1))).toMatchInlineSnapshot(`
      [
        0,
        8,
        6,
        3,
        1,
        7,
      ]
    `);
  });

  test("lie within their bounds and reach all of them evenly", () => {
    const random = seededRandom("even");
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const n = random.int(6);
      counts.set(n, (counts.get(n) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const next = Array.from({ length: 1_000 }, () => random.next());
    expect(next.every((n) => n >= 0 && n < 1)).toBe(true);
  });

  test("pick, sample and shuffle a list and leave it as it is", () => {
    const random = seededRandom("list");
    const list = Object.freeze(["a", "b", "c", "d"]);
    expect(list).toContain(random.pick(list));
    expect(new Set(random.sample(list, 3)).size).toBe(3);
    expect(random.sample(list, 0)).toEqual([]);
    expect(random.shuffle(list).toSorted()).toEqual(list);
    const orders = new Set(Array.from({ length: 500 }, () => random.shuffle(list).join("")));
    expect(orders.size).toBe(24);
  });

  test("that cannot be made say so", () => {
    const random = seededRandom("bad");
    expect(() => random.int(0)).toThrow("random.int(0): write a whole number, 1 or more");
    expect(() => random.pick([])).toThrow("the list is empty");
    expect(() => random.sample([1], 2)).toThrow("2 of a list of 1; write a whole number, 0 to 1");
  });
});

describe("an instance's draws", () => {
  const found = choreography(
    { roles: { seed: one(), peer: rest() }, timeout: "20s", join: "10s" },
    (c) => {
      const twice = c.rounds("r", 2, (r) =>
        r.everyone(
          "draw",
          {},
          ({ me }) => {
            if (me.id === 3 && me.attempt === 1) throw new Error("again");
            return { own: fromNine(me.random), common: fromNine(me.common) };
          },
          { retry: { backoff: "1ms..1ms" } },
        ),
      );
      const all = c.exchange("all", twice);
      c.run("tell", "seed", { all }, ({ all, me }) => me.log(JSON.stringify([...all])));
    },
  );

  async function drawn(seed?: string): Promise<readonly Round[][]> {
    const { lines } = await performAll(found, seed === undefined ? {} : { seed });
    const told = lines.map((line) => JSON.parse(line)).find(({ stage }) => stage === "tell");
    return JSON.parse(told.msg);
  }

  interface Round {
    readonly own: readonly number[];
    readonly common: readonly number[];
  }

  test("are its own in each round, and common ones the same at all, whoever tried again", async () => {
    const all = await drawn();
    const own = all.flat().map((round) => round.own.join());
    expect(new Set(own).size).toBe(6);
    const common = all.map((rounds) => rounds.map((round) => round.common.join()));
    expect(common[1]).toEqual(common[0]);
    expect(common[2]).toEqual(common[0]);
    expect(common[0]?.[0]).not.toBe(common[0]?.[1]);
  });

  test("follow from the run's id, or from the seed if one is given", async () => {
    const [one, two] = [await drawn(), await drawn()];
    expect(two).not.toEqual(one);
    const [seeded, again] = [await drawn("847"), await drawn("847")];
    expect(again).toEqual(seeded);
    expect(seeded).not.toEqual(one);
  });
});
