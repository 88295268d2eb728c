import { describe, expect, inject, test } from "vitest";
import { influxServer } from "../../packages/runtime/test/influx-server.ts";
import {
  type EnvironmentRun,
  environmentNames,
  readEnvironment,
  runInEnvironment,
} from "../../packages/runtime/test/runner-environment.ts";
import { type Decode, decoderOf, linesOf } from "./decoder.ts";
import { startRun, ts } from "./instances.ts";
import { services } from "./sync-services.ts";

const redisUrl = inject("redisUrl");

/** The SDK that a Testground is built with, and that reads what instances of its time leave. */
const v024 = await decoderOf("old.mod");
const v027 = await decoderOf("redis.mod");
const v030 = await decoderOf("go.mod");

type Json = Readonly<Record<string, unknown>>;

/** What an event is in the first schema, and nothing of the second. */
const FIRST = ["type", "outcome", "error", "stacktrace", "message", "runenv"];

interface Sdk {
  readonly decode: Decode | undefined;
  /** What it knows of the two schemas that an event of ours has. */
  readonly knows: (key: string) => boolean;
  /** Whether it knows of a directory for temporary files. */
  readonly hasTempPath: boolean;
}

const sdks: Readonly<Record<string, Sdk>> = {
  "v0.2.4": { decode: v024, knows: (key) => FIRST.includes(key), hasTempPath: false },
  "v0.2.7": { decode: v027, knows: (key) => !FIRST.includes(key), hasTempPath: false },
  "v0.3.0": { decode: v030, knows: (key) => !FIRST.includes(key), hasTempPath: true },
};

const runs = environmentNames.flatMap((name) => {
  const isOld = readEnvironment(name).testground.startsWith("v0.5");
  if (isOld && redisUrl === undefined) return [];
  const testCases = ["everything", "fail", "crash"];
  return testCases.map((testCase) => ({ name, testCase, isOld }));
});

describe.skipIf(v030 === undefined)("Go's types read without loss", () => {
  test.each(runs)("what an instance of $name that is to $testCase leaves", async (run) => {
    const left = await runInEnvironment(run.name, run.testCase, redisUrl);
    const readers = run.isOld ? ["v0.2.4", "v0.2.7"] : ["v0.2.7", "v0.3.0"];
    for (const version of readers) await expectRead(left, version);
  });

  test("points for InfluxDB, by the parser that it has itself", async () => {
    const influx = await influxServer();
    const meeting = await services["Groundplan's service"]?.();
    const groups = { "a group": { command: ts, n: 1 } };
    const [ended] = await startRun("measure", groups, { ...meeting, INFLUXDB_URL: influx.url })
      .ended;
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const points = (await v030?.("influx", influx.written)) ?? [];
    expect(points).toHaveLength(influx.written.length);
    const results = points
      .map((point) => JSON.parse(point))
      .filter(({ name }) => name.startsWith("results."))
      .map(({ name, fields, tags }) => ({ name, fields, tags }));
    expect(results).toContainEqual({
      name: "results.interop-measure.odd=name \\ é.point",
      fields: { value: 1.5 },
      tags: expect.objectContaining({ dir: "a b", group_id: "a group" }),
    });
    expect(results.map(({ name }) => name)).toContain("results.interop-measure.seen.counter");
  });
});

async function expectRead(
  { runOut, files, topic }: EnvironmentRun,
  version: string,
): Promise<void> {
  const sdk = sdks[version];
  if (sdk?.decode === undefined) throw new Error(`there is no decoder of ${version}`);
  const lines = linesOf(runOut);
  expect(lines).not.toHaveLength(0);
  const answers = await sdk.decode("log", lines);
  expect(answers.map(stamp), version).toEqual(lines.map(stamp));
  expect(answers.map((line) => JSON.parse(line))).toEqual(lines.map((line) => seenBy(sdk, line)));
  for (const name of ["results.out", "diagnostics.out"]) {
    const metrics = linesOf(files.get(name) ?? "");
    expect(await sdk.decode("metric", metrics), `${name}, ${version}`).toEqual(metrics);
  }
  // There were no events of a run in the store before.
  if (version !== "v0.2.4") expect(await sdk.decode("event", topic)).toEqual(topic);
}

/** All digits of the time, which are more than a number of JavaScript has. */
function stamp(line: string): string | undefined {
  return /"ts":(\d+)/.exec(line)?.[1];
}

/** A line as an SDK has to have read it: without what is for another generation. */
function seenBy({ knows, hasTempPath }: Sdk, line: string): Json {
  const { event, ...entry } = JSON.parse(line);
  const known = Object.entries(event).filter(([key]) => knows(key));
  const seen = structuredClone(Object.fromEntries(known)) as Record<string, { runenv?: Json }>;
  const { runenv } = { ...seen["start_event"], ...(seen["runenv"] && { runenv: seen["runenv"] }) };
  if (!hasTempPath && runenv !== undefined) Reflect.deleteProperty(runenv, "temp_path");
  return { ...entry, event: seen };
}
