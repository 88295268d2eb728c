import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runInstances, type TestCaseFunction } from "@groundplan/runtime";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MetricRegistry } from "../src/metrics/metric-registry.ts";
import type { Observation } from "../src/metrics/observation.ts";
import { recordProcess } from "../src/metrics/process-statistics.ts";
import { temporaryDirectory, testEnvironment } from "./environment.ts";

/** Performs as many instances in this process; resolves with the diagnostics of each. */
async function perform(meet: TestCaseFunction, instances: number): Promise<Observation[][]> {
  const root = temporaryDirectory();
  const environments = Array.from({ length: instances }, (_, i) =>
    testEnvironment({
      TEST_RUN: "r",
      TEST_INSTANCE_COUNT: `${instances}`,
      TEST_GROUP_INSTANCE_COUNT: `${instances}`,
      TEST_OUTPUTS_PATH: join(root, `${i}`),
      GROUNDPLAN_SYNC: "memory:",
    }),
  );
  await runInstances({ meet }, environments, { write() {} });
  return environments.map((_, i) => {
    const text = readFileSync(join(root, `${i}`, "diagnostics.out"), "utf8");
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Observation);
  });
}

describe("the statistics of the process", () => {
  it("are among the diagnostics, in bytes, seconds and nanoseconds", async () => {
    const [lines = []] = await perform(async () => {
      let kept: unknown[] = [];
      for (let i = 0; i < 200; i++) kept = Array.from({ length: 20_000 }, () => ({ kept: i }));
      expect(kept).toHaveLength(20_000);
      // Node reports a collection once the event loop has turned.
      await delay(100);
    }, 1);
    const find = (name: string): Observation | undefined =>
      lines.find((line) => line.name === name);
    expect(lines.map(({ name }) => name).filter((name) => !name.startsWith("node.gc"))).toEqual([
      "node.memory.rss",
      "node.memory.heapTotal",
      "node.memory.heapUsed",
      "node.memory.external",
      "node.memory.arrayBuffers",
      "node.cpu.user",
      "node.cpu.system",
      "node.eventLoop.utilization",
      "node.eventLoop.delay",
    ]);
    expect(find("node.memory.rss")?.measures["value"]).toBeGreaterThan(1e7);
    expect(find("node.cpu.user")?.measures["value"]).toBeGreaterThan(0.01);
    const busy = find("node.eventLoop.utilization")?.measures["value"];
    expect(busy).toBeGreaterThan(0);
    expect(busy).toBeLessThanOrEqual(1);
    expect(find("node.gc,kind=minor")).toMatchObject({ type: "histogram" });
    expect(find("node.gc,kind=minor")?.measures["count"]).toBeGreaterThan(0);
  });

  it("show an event loop that was blocked", async () => {
    const [lines = []] = await perform(async () => {
      await delay(60);
      const start = performance.now();
      while (performance.now() - start < 150);
      await delay(60);
    }, 1);
    const delays = lines.find(({ name }) => name === "node.eventLoop.delay");
    expect(delays).toMatchObject({ type: "histogram" });
    expect(delays?.measures["max"]).toBeGreaterThan(1e8);
    expect(Object.keys(delays?.measures ?? {})).toHaveLength(12);
  });

  it("are recorded by one of the instances of a process", async () => {
    const all = await perform(async () => {}, 20);
    expect(all.map((lines) => lines.length > 0)).toEqual([true, ...Array(19).fill(false)]);
  });

  it("are recorded by another when the one that did has ended", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const sink = { take() {}, fail() {} };
    const [first, second] = [new MetricRegistry(0, sink), new MetricRegistry(0, sink)];
    const one = recordProcess(first);
    const other = recordProcess(second);
    expect([first.observe().length > 8, second.observe().length]).toEqual([true, 0]);
    one[Symbol.dispose]();
    vi.advanceTimersByTime(4_999);
    expect(second.observe()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(second.observe().length).toBeGreaterThan(8);
    other[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
