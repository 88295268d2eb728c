import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describePlacement, place, processesFor } from "../src/run/placement.ts";

const group = (id: string, instances: number) => ({ id, instances, params: { k: id } });

describe("placement", () => {
  test("few instances have a process each, many share, and what is asked for is done", () => {
    expect(processesFor(10, undefined)).toBe(10);
    expect(processesFor(10_000, undefined)).toBeLessThan(1_000);
    expect(processesFor(10, 3)).toBe(3);
    expect(processesFor(2, 8)).toBe(2);
  });

  test("a process can hold the end of one group and the start of the next", () => {
    const [, middle] = place([group("a", 3), group("b", 3)], 3);
    expect(middle).toEqual([
      { group: "a", groupInstances: 3, params: "k=a", profiles: "", first: 2, count: 1 },
      { group: "b", groupInstances: 3, params: "k=b", profiles: "", first: 0, count: 1 },
    ]);
  });

  test("every instance has one place, and no process has two more than another", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20 }), (all, processes) => {
        const groups = all.map((size, i) => group(`g${i}`, size));
        const total = all.reduce((sum, n) => sum + n, 0);
        const placements = place(groups, processesFor(total, processes));
        const seats = placements.flatMap((shares) =>
          shares.flatMap((s) =>
            Array.from({ length: s.count }, (_, i) => `${s.group}/${s.first + i}`),
          ),
        );
        expect(new Set(seats).size).toBe(total);
        expect(seats).toHaveLength(total);
        const loads = placements.map((shares) => shares.reduce((sum, { count }) => sum + count, 0));
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("it is told in words", () => {
    expect(describePlacement(place([group("a", 1)], 1))).toBe("one process, an instance each");
    expect(describePlacement(place([group("a", 7)], 2))).toBe("2 processes, 3 or 4 instances each");
    expect(describePlacement(place([group("a", 8)], 2))).toBe("2 processes, 4 instances each");
  });
});
