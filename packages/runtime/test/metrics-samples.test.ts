import { describe, expect, it } from "vitest";
import { EveryValue } from "../src/metrics/every-value.ts";
import { ExpDecaySample } from "../src/metrics/exp-decay-sample.ts";
import type { Sample } from "../src/metrics/sample.ts";
import { type Summary, summaryOf } from "../src/metrics/summary.ts";
import { UniformSample } from "../src/metrics/uniform-sample.ts";

/** Numbers from 0 to 1, the same ones for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function filled<S extends Sample>(sample: S, values: Iterable<number>): S {
  for (const value of values) sample.update(value);
  return sample;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const percentiles = ["p50", "p75", "p95", "p99", "p999", "p9999"] as const;
const zeros: Summary = summaryOf([]);

describe("a sample of every value", () => {
  it("is exact for whole numbers however many there are", () => {
    for (const n of [1, 2, 100, 1_024, 1_025, 2_000]) {
      const summary = filled(new EveryValue(), upTo(n)).summary();
      const exact = summaryOf(upTo(n));
      expect(summary).toEqual({
        ...exact,
        mean: expect.closeTo(exact.mean, 6),
        stddev: expect.closeTo(exact.stddev, 6),
        variance: expect.closeTo(exact.variance, 6),
      });
    }
  });

  it("has percentiles within a thousandth, of values of any size and sign", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const draw = random(seed);
      const spread = 1 + draw() * 40;
      const sign = [1, -1, 0][seed % 3] ?? 0;
      const values = Array.from({ length: 1_100 + Math.floor(draw() * 4_000) }, () => {
        const size = 10 ** ((draw() - 0.5) * spread);
        return size * (sign || (draw() < 0.5 ? -1 : 1));
      });
      const summary = filled(new EveryValue(), values).summary();
      const exact = summaryOf([...values]);
      expect([summary.count, summary.min, summary.max]).toEqual([
        exact.count,
        exact.min,
        exact.max,
      ]);
      const sorted = values.toSorted((a, b) => a - b);
      for (const name of percentiles) expectNear(summary[name], exact[name], sorted);
    }
  });

  it("begins anew when it is cleared", () => {
    const sample = filled(new EveryValue(), upTo(3_000));
    sample.clear();
    expect(sample.summary()).toEqual(zeros);
    expect(filled(sample, [-5]).summary()).toMatchObject({ count: 1, min: -5, max: -5, p50: -5 });
  });
});

/** Interpolation lies between two values, each of which may be a thousandth off. */
function expectNear(found: number, exact: number, sorted: readonly number[]): void {
  const above = sorted.find((value) => value >= exact) ?? exact;
  const below = sorted.findLast((value) => value <= exact) ?? exact;
  const off = Math.max(Math.abs(above), Math.abs(below)) / 1024;
  expect(Math.abs(found - exact)).toBeLessThanOrEqual(off);
}

describe.each<[string, (size: number) => Sample]>([
  ["a uniform sample", (size) => new UniformSample(size)],
  ["an exponentially decaying sample", (size) => new ExpDecaySample(size, 0.015)],
])("%s", (_name, make) => {
  it("is exact until its reservoir is full", () => {
    expect(filled(make(100), upTo(100)).summary()).toEqual(summaryOf(upTo(100)));
    expect(make(100).summary()).toEqual(zeros);
  });

  it("keeps as many as it may and counts all", () => {
    const summary = filled(make(200), upTo(20_000)).summary();
    expect(summary.count).toBe(20_000);
    // 200 of 20,000: half the range is 20 standard deviations away.
    expect(summary.p50).toBeGreaterThan(5_000);
    expect(summary.p50).toBeLessThan(15_000);
  });

  it("begins anew when it is cleared", () => {
    const sample = filled(make(10), upTo(100));
    sample.clear();
    expect(sample.summary()).toEqual(zeros);
  });
});

describe("an exponentially decaying sample", () => {
  it("forgets what is old, over hours too", () => {
    let now = 0;
    const sample = new ExpDecaySample(100, 0.015, () => now);
    filled(
      sample,
      Array.from({ length: 10_000 }, () => 1),
    );
    now = 100 * 3_600_000;
    filled(
      sample,
      Array.from({ length: 100 }, () => 2),
    );
    expect(sample.summary()).toMatchObject({ min: 2, max: 2, count: 10_100 });
  });
});

describe("percentiles", () => {
  it("are the Go SDK's: between two ranks in proportion", () => {
    expect(summaryOf([40, 10, 30, 20])).toMatchObject({ p50: 25, p75: 37.5, p95: 40, p9999: 40 });
  });

  it("are 0 of nothing, and the value itself of one", () => {
    expect(zeros).toMatchObject({ count: 0, max: 0, mean: 0, p50: 0, variance: 0 });
    expect(summaryOf([3])).toMatchObject({ p50: 3, p9999: 3, mean: 3, stddev: 0 });
  });
});
