import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRunEnv, parseRunParams } from "@groundplan/runtime";
import { afterAll, bench, describe } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "groundplan-bench-"));
const variables = { TEST_CASE: "c", TEST_RUN: "r", TEST_OUTPUTS_PATH: join(directory, "outputs") };
const env = openRunEnv(parseRunParams(variables), { write: () => {} });
const results = env.results();
// What a harvest costs is measured apart.
results.setFrequency(0);
const file = openSync(join(directory, "bare"), "w");
afterAll(async () => {
  closeSync(file);
  await env.close();
  rmSync(directory, { recursive: true });
});

const TIMES = 1_000;
let value = 0;
/** The values of a plan that measures milliseconds. */
const next = (): number => (value = (value + 0.137) % 1_000);

function each(name: string, action: () => void): void {
  bench(name, () => {
    for (let i = 0; i < TIMES; i++) action();
  });
}

describe(`${TIMES} times: in memory`, () => {
  const counter = results.counter("counter");
  const all = results.histogram("histogram");
  const some = results.histogram("sample", results.newExpDecaySample(1028, 0.015));
  const meter = results.meter("meter");
  const timer = results.timer("timer");
  const counts = { count: 0 };
  each("adding to a property, the baseline", () => {
    counts.count += 1;
  });
  each("counter.inc", () => counter.inc());
  each("counter looked up by name, inc", () => results.counter("counter").inc());
  each("histogram.update", () => all.update(next()));
  each("histogram.update, decaying sample", () => some.update(next()));
  each("meter.mark", () => meter.mark());
  each("timer.update", () => timer.update(next()));
});

describe(`${TIMES} times: a line in a file`, () => {
  const line =
    '{"ts":1700000000000000000,"type":"point","name":"p","measures":{"value":123.456}}\n';
  each("writeSync of a line that is ready, the baseline", () => void writeSync(file, line));
  each("recordPoint", () => results.recordPoint("p", next()));
});

describe("a harvest", () => {
  const other = openRunEnv(
    parseRunParams({ ...variables, TEST_OUTPUTS_PATH: join(directory, "other") }),
    { write: () => {} },
  );
  afterAll(() => other.close());
  const metrics = other.results();
  for (let i = 0; i < 100; i++) metrics.counter(`c${i}`);
  const histogram = metrics.histogram("h");
  for (let i = 0; i < 100_000; i++) histogram.update(next());
  bench("looking at a histogram of 100,000 values", () => void histogram.summary());
});
