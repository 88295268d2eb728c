import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Metrics,
  openRunEnv,
  parseRunParams,
  type RunEnv,
  RuntimeError,
  runInstance,
} from "@groundplan/runtime";
import { describe, expect, it, vi } from "vitest";
import { LazyMeter } from "../src/metrics/meter.ts";
import { MetricRegistry } from "../src/metrics/metric-registry.ts";
import { type Observation, observationLine } from "../src/metrics/observation.ts";
import { prometheusRegistry } from "../src/metrics/prometheus-registry.ts";
import { lineCollector, masked, temporaryDirectory, testEnvironment } from "./environment.ts";
import { cases } from "./metrics-plan.ts";

interface Opened {
  readonly env: RunEnv;
  readonly lines: string[];
  /** The lines of a file of the outputs, their times masked. */
  readonly read: (name: string) => string[];
}

function open(): Opened {
  const outputs = temporaryDirectory();
  const { lines, write } = lineCollector();
  const params = parseRunParams(testEnvironment({ TEST_OUTPUTS_PATH: outputs }));
  const read = (name: string): string[] =>
    masked(readFileSync(join(outputs, name), "utf8").split("\n").slice(0, -1));
  return { env: openRunEnv(params, { write }), lines, read };
}

const points = (read: Opened["read"], name = "results.out"): unknown[] =>
  read(name).map((line): unknown => JSON.parse(line.replace('"ts":TS', '"ts":0')));

describe("the metrics of an instance", () => {
  it("are one line each, of its type and with its measures in alphabetical order", async () => {
    const { env, read } = open();
    const metrics = env.results();
    metrics.counter("c").inc();
    metrics.counter("c").inc(4);
    metrics.counter("c").dec(2);
    metrics.gauge("g").update(0.5);
    metrics.gaugeF("gf", () => 7);
    const ewma = metrics.ewma("e", 0.2);
    ewma.update(10);
    ewma.tick();
    for (const value of [1, 2, 3, 4]) metrics.histogram("h").update(value);
    for (const value of [1, 2, 3, 4]) metrics.resettingHistogram("rh").update(value);
    await env.close();
    const summary = `"count":4,"max":4,"mean":2.5,"min":1,"p50":2.5,"p75":3.75,"p95":4,"p99":4,"p999":4,"p9999":4,"stddev":1.118033988749895,"variance":1.25`;
    expect(read("results.out")).toEqual([
      '{"ts":TS,"type":"counter","name":"c","measures":{"count":3}}',
      '{"ts":TS,"type":"gauge","name":"g","measures":{"value":0.5}}',
      '{"ts":TS,"type":"gauge","name":"gf","measures":{"value":7}}',
      '{"ts":TS,"type":"ewma","name":"e","measures":{"rate":2}}',
      `{"ts":TS,"type":"histogram","name":"h","measures":{${summary}}}`,
      `{"ts":TS,"type":"histogram","name":"rh","measures":{${summary}}}`,
    ]);
    expect(read("diagnostics.out")).toEqual([]);
  });

  it("of meters and timers have rates, and durations in nanoseconds", async () => {
    const { env, read } = open();
    env.diagnostics().meter("m").mark(3);
    const timer = env.diagnostics().timer("t");
    timer.update(2.5);
    timer.updateSince(performance.now());
    expect(timer.time(() => 7)).toBe(7);
    await expect(timer.time(async () => 8)).resolves.toBe(8);
    await expect(timer.time(() => Promise.reject(new Error("x")))).rejects.toThrow("x");
    await env.close();
    const [meter, timed] = points(read, "diagnostics.out") as Observation[];
    expect(meter).toMatchObject({ type: "meter", measures: { count: 3, m1: 0, m15: 0, m5: 0 } });
    expect(Object.keys(meter?.measures ?? {})).toEqual(["count", "m1", "m15", "m5", "mean"]);
    expect(timed).toMatchObject({ type: "timer", measures: { count: 4, max: 2_500_000 } });
    const names = Object.keys(timed?.measures ?? {});
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(16);
  });

  it("are reached by the Go SDK's names too", () => {
    const { env } = open();
    expect(env.R()).toBe(env.results());
    expect(env.D()).toBe(env.diagnostics());
    expect(env.R()).not.toBe(env.D());
  });

  it("are the same ones under the same name, and refused as another kind", () => {
    const metrics = open().env.results();
    expect(metrics.counter("x")).toBe(metrics.counter("x"));
    expect(() => metrics.gauge("x")).toThrowErrorMatchingInlineSnapshot(
      `[RuntimeError: 'x' cannot be a gauge: it is a counter already; give one of them another name]`,
    );
    metrics.histogram("h");
    expect(() => metrics.resettingHistogram("h")).toThrow(RuntimeError);
  });

  it.each<[string, (metrics: Metrics) => void]>([
    ["a name that is empty", (metrics) => metrics.recordPoint("", 1)],
    ["a counter by a fraction", (metrics) => metrics.counter("c").inc(0.5)],
    ["a gauge of NaN", (metrics) => metrics.gauge("g").update(Number.NaN)],
    ["an infinite value", (metrics) => metrics.histogram("h").update(Number.POSITIVE_INFINITY)],
    ["an infinite duration", (metrics) => metrics.timer("t").update(Number.POSITIVE_INFINITY)],
    ["a mark of NaN", (metrics) => metrics.meter("m").mark(Number.NaN)],
    ["an EWMA without weight", (metrics) => void metrics.ewma("e", 0)],
    ["a reservoir of nothing", (metrics) => void metrics.newUniformSample(0)],
    ["a reservoir of too much", (metrics) => void metrics.newExpDecaySample(1e9, 0.1)],
    ["a sample that does not decay", (metrics) => void metrics.newExpDecaySample(10, -1)],
    ["a period of NaN", (metrics) => metrics.setFrequency(Number.NaN)],
  ])("refuse %s", (_what, use) => {
    const { env } = open();
    expect(() => use(env.results())).toThrow(expect.objectContaining({ code: "bad-metric" }));
  });

  it("say once that a metric has no figures, and write the others", async () => {
    const { env, lines, read } = open();
    env.results().gaugeF("bad", () => Number.NaN);
    env.results().gaugeF("worse", () => {
      throw new Error("boom");
    });
    env.results().counter("good");
    env.results().setFrequency(5);
    await expect.poll(() => read("results.out").length).toBeGreaterThan(2);
    await env.close();
    expect(points(read)).toEqual(
      read("results.out").map(() => expect.objectContaining({ name: "good" })),
    );
    const messages = lines.map((line) => /"message":"(.*?)"/.exec(line)?.[1]);
    expect(messages).toEqual([
      "failed to emit metric 'bad': its value is NaN",
      "failed to emit metric 'worse': boom",
    ]);
  });

  it("spell a name as Go's JSON encoder does", async () => {
    const { env, read } = open();
    env.results().recordPoint('<a>&"b"\u2028é', 1e-7);
    await env.close();
    expect(read("results.out")).toEqual([
      '{"ts":TS,"type":"point","name":"\\u003ca\\u003e\\u0026\\"b\\"\\u2028é","measures":{"value":1e-7}}',
    ]);
  });
});

describe("the plan of the documentation", () => {
  it("measures what it says", async () => {
    const outputs = temporaryDirectory();
    const where = { TEST_OUTPUTS_PATH: outputs, GROUNDPLAN_SYNC: "memory:" };
    const result = await runInstance(cases, { environment: testEnvironment(where), write() {} });
    expect(result).toEqual({ type: "ok" });
    const lines = masked(readFileSync(join(outputs, "results.out"), "utf8").split("\n"));
    expect(lines).toEqual([
      '{"ts":TS,"type":"point","name":"peers","measures":{"value":0}}',
      expect.stringMatching(
        /^\{"ts":TS,"type":"timer","name":"meeting,store=memory","measures":\{"count":3,/,
      ),
      '{"ts":TS,"type":"counter","name":"rounds","measures":{"count":3}}',
      "",
    ]);
    expect(readFileSync(join(outputs, "diagnostics.out"), "utf8")).toContain('"name":"handles"');
  });
});

describe("the harvest", () => {
  it("writes every metric each period, changed or not, and counts anew", async () => {
    const { env, read } = open();
    const counter = env.results().counter("c");
    const values = env.results().resettingHistogram("h");
    env.results().gauge("g").update(1);
    counter.inc(5);
    values.update(3);
    env.results().setFrequency(5);
    await expect.poll(() => read("results.out").length).toBeGreaterThan(5);
    counter.inc(2);
    await env.close();
    const all = points(read) as Observation[];
    const of = (name: string, measure: string): number[] =>
      all.filter((each) => each.name === name).map((each) => each.measures[measure] ?? -1);
    expect(of("c", "count")[0]).toBe(5);
    expect(of("c", "count").reduce((sum, count) => sum + count)).toBe(7);
    expect(of("h", "max").slice(0, 2)).toEqual([3, 0]);
    expect(new Set(of("g", "value"))).toEqual(new Set([1]));
  });

  it("is each second for results and every five for diagnostics, and ends with the environment", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const { env, read } = open();
      expect(vi.getTimerCount()).toBe(0);
      env.results().recordPoint("p", 1);
      expect(vi.getTimerCount()).toBe(0);
      env.results().counter("r");
      env.diagnostics().counter("d");
      vi.advanceTimersByTime(10_000);
      expect(read("results.out")).toHaveLength(11);
      expect(read("diagnostics.out")).toHaveLength(2);
      env.results().setFrequency(0);
      vi.advanceTimersByTime(10_000);
      expect(read("results.out")).toHaveLength(11);
      await env.close();
      expect(vi.getTimerCount()).toBe(0);
      expect(read("results.out")).toHaveLength(12);
      env.results().counter("late").inc();
      env.results().setFrequency(1);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a meter", () => {
  it("averages as the Go SDK's does: at ticks of five seconds, the first of which sets the rate", () => {
    let now = 0;
    const meter = new LazyMeter("m", () => now);
    meter.mark(50);
    now = 4_999;
    expect(meter.rates().m1).toBe(0);
    now = 5_000;
    expect(meter.rates()).toEqual({ count: 50, m1: 10, m15: 10, m5: 10, mean: 10 });
    now = 65_000;
    const rates = meter.rates();
    expect(rates.m1).toBeCloseTo(10 * Math.exp(-1), 9);
    expect(rates.m5).toBeCloseTo(10 * Math.exp(-1 / 5), 9);
    expect(rates.m15).toBeCloseTo(10 * Math.exp(-1 / 15), 9);
    expect(rates.mean).toBeCloseTo(50 / 65, 9);
  });
});

describe("a Prometheus registry", () => {
  it("has the metrics as they are, and reading it is no harvest", async () => {
    const taken: Observation[] = [];
    const sink = { take: (all: readonly Observation[]) => void taken.push(...all), fail() {} };
    const results = new MetricRegistry(0, sink);
    const diagnostics = new MetricRegistry(0, sink);
    const registry = prometheusRegistry({ results, diagnostics });
    results.counter("c,peer=1").inc(2);
    results.harvest();
    results.counter("c,peer=1").inc(3);
    diagnostics.gauge("g").update(7);
    for (let time = 0; time < 2; time++) {
      const text = await registry.metrics();
      expect(text).toContain(
        'groundplan_results{name="c,peer=1",type="counter",measure="count"} 5',
      );
      expect(text).toContain('groundplan_diagnostics{name="g",type="gauge",measure="value"} 7');
    }
    results.close();
    expect(taken.map(observationLine).join("")).toMatch(/"count":2.*\n.*"count":3/);
  });
});
