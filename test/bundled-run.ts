import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ManifestCase } from "@groundplan/dsl/tools";

/** Where a runner's instances meet, as it tells them. */
export type Meeting = Readonly<Record<string, string>>;

/** How a bundled plan is run. */
export interface BundledRun {
  /** The bundle's program, started as it is: by its first line, and without arguments. */
  readonly program: string;
  readonly plan: string;
  readonly testCase: ManifestCase;
  readonly instances: number;
  /** The run's outputs, an instance's in `single/<i>` below. */
  readonly outputs: string;
  readonly meeting: Meeting;
}

/** How an instance ended. */
export interface EndedInstance {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts all instances at once, in a directory of the runner's, and waits for them. */
export function runBundle(run: BundledRun): Promise<readonly EndedInstance[]> {
  const id = `bundled-${process.pid}-${performance.now()}`;
  return Promise.all(Array.from({ length: run.instances }, (_, i) => start(run, id, i)));
}

async function start(run: BundledRun, id: string, i: number): Promise<EndedInstance> {
  const outputs = join(run.outputs, "single", `${i}`);
  const temp = join(run.outputs, "temp", `${i}`);
  for (const directory of [outputs, temp]) mkdirSync(directory, { recursive: true });
  const child = spawn(run.program, [], {
    cwd: run.outputs,
    env: localExec(run, id, outputs, temp),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (texts.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (texts.stderr += text));
  const [code] = await once(child, "close");
  return { code, ...texts };
}

/** All that Testground's runner local:exec puts into the environment of an instance, and nothing else. */
function localExec(
  { plan, testCase, instances, meeting }: BundledRun,
  run: string,
  outputs: string,
  temp: string,
): Readonly<Record<string, string>> {
  return {
    TEST_PLAN: plan,
    TEST_CASE: testCase.name.replaceAll("/", "-"),
    TEST_RUN: run,
    TEST_INSTANCE_COUNT: `${instances}`,
    TEST_GROUP_ID: "single",
    TEST_GROUP_INSTANCE_COUNT: `${instances}`,
    TEST_INSTANCE_PARAMS: packedDefaults(testCase),
    TEST_INSTANCE_ROLE: "",
    TEST_OUTPUTS_PATH: outputs,
    TEST_TEMP_PATH: temp,
    TEST_SIDECAR: "false",
    TEST_SUBNET: "127.1.0.0/16",
    TEST_START_TIME: "2026-01-12T15:48:07-05:00",
    TEST_CAPTURE_PROFILES: "",
    TEST_DISABLE_METRICS: "true",
    TEST_REPO: "",
    TEST_BRANCH: "",
    TEST_TAG: "",
    INFLUXDB_URL: "http://localhost:8086",
    REDIS_HOST: "localhost",
    SYNC_SERVICE_HOST: "localhost",
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    ...meeting,
  };
}

/** As Testground makes them of the manifest: a text as it is, anything else in JSON, `null` where there is none. */
function packedDefaults({ params }: ManifestCase): string {
  return params
    .map(({ name, default: value = null }) =>
      typeof value === "string" ? `${name}=${value}` : `${name}=${JSON.stringify(value)}`,
    )
    .join("|");
}

/** What all instances of a group left behind, but for what differs from run to run: ids, times, places, numbers. */
export function leftBehind(group: string): readonly string[] {
  return readdirSync(group)
    .map((instance) => {
      const events = lines(join(group, instance, "run.out"))
        .map(eventText)
        .filter(isOfPlan);
      const results = lines(join(group, instance, "results.out")).map(resultText);
      // How often something is measured may hang on how the run went.
      return [...events, ...new Set(results)].sort().join("\n");
    })
    .sort();
}

/** Whether a directory of packages is above this one. */
export function hasPackagesAbove(directory: string): boolean {
  const parent = dirname(directory);
  if (existsSync(join(directory, "node_modules"))) return true;
  return parent !== directory && hasPackagesAbove(parent);
}

function lines(file: string): readonly Readonly<Record<string, unknown>>[] {
  const text = readFileSync(file, "utf8").trim();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
}

function eventText({ ts: _ts, run_id: _run, ...line }: Readonly<Record<string, unknown>>): string {
  const event = Object(line["event"]);
  if (event["start_event"] !== undefined) return "start_event";
  return JSON.stringify(line).replace(/\d+(\.\d+)?/g, "0");
}

/** The runner's own hosts offer no profiles, so only a bundle says where they are. */
function isOfPlan(event: string): boolean {
  return !event.includes("registering default http handler");
}

function resultText({ ts: _ts, measures, ...point }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...point, measures: Object.keys(Object(measures)) });
}
