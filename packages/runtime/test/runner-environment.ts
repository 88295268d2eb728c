import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { temporaryDirectory } from "./environment.ts";
import { type Ended, startProcess } from "./started-plan.ts";

const plan = fileURLToPath(new URL("environment-plan.ts", import.meta.url));
const fixtures = new URL("../../../test/interop/environments/", import.meta.url);

/** The variables of one of Testground's runners. */
export interface RunnerEnvironment {
  readonly runner: string;
  readonly testground: string;
  /** The Go SDK of that Testground. */
  readonly sdkGo: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What an instance left behind. */
export interface EnvironmentRun extends Ended {
  /** With which it ran. */
  readonly environment: Readonly<Record<string, string>>;
  /** What is in the outputs directory, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** The run's events in the store, as JSON. */
  readonly topic: readonly string[];
}

/** The names of the environments there are, such as `local-exec-v0.6.0`. */
export const environmentNames: readonly string[] = readdirSync(fixtures)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length))
  .sort();

export function readEnvironment(name: string): RunnerEnvironment {
  return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), "utf8")) as RunnerEnvironment;
}

/**
 * Runs a test case of `environment-plan.ts` (`everything`, `fail` or `crash`) in a process with exactly the variables
 * of a runner, but for directories that exist here and a store that is reached here: a sync service of its own, or
 * the Redis at `redisUrl` for a Testground that has none.
 */
export async function runInEnvironment(
  name: string,
  testCase: string,
  redisUrl?: string,
): Promise<EnvironmentRun> {
  const { environment: given, testground } = readEnvironment(name);
  const isOld = testground.startsWith("v0.5");
  await using store = await openStore(isOld ? (redisUrl ?? "") : "memory:");
  await using service = isOld ? undefined : await serveSync(store, { port: 0 });
  const where = isOld ? redisAt(redisUrl ?? "") : serviceAt(service?.port ?? 0);
  const here = { ...directories(given), ...where, TEST_CASE: testCase };
  const environment: Readonly<Record<string, string>> = { ...given, ...here };
  const outputs = environment["TEST_OUTPUTS_PATH"] ?? "";
  const { ended } = startProcess(plan, environment, outputs);
  await using run = await openRun(store, environment);
  // The sidecar's part, where there is one.
  await new SyncClient(run).signalEntry("network-initialized");
  const end = await ended;
  const entries = await run.logs.snapshot({ kind: "run_events" });
  const topic = entries.map(({ json }) => json);
  return { ...end, environment, files: filesIn(outputs), topic };
}

function openRun(
  store: Store,
  environment: Readonly<Record<string, string>>,
): ReturnType<Store["open"]> {
  const { TEST_RUN: run = "", TEST_PLAN: plan = "", TEST_CASE: testCase = "" } = environment;
  return store.open({ run, plan, case: testCase });
}

function redisAt(url: string): Record<string, string> {
  const { hostname, port } = new URL(url);
  return { REDIS_HOST: hostname, REDIS_PORT: port, TEST_RUN: `run${process.pid}${++runs}` };
}

/** Redis keeps the keys of earlier runs. */
let runs = 0;

function serviceAt(port: number): Record<string, string> {
  return { SYNC_SERVICE_HOST: "127.0.0.1", SYNC_SERVICE_PORT: String(port) };
}

/** Directories of this machine for those that the runner would have made. */
function directories(given: Readonly<Record<string, string>>): Record<string, string> {
  const root = temporaryDirectory();
  const made = ["TEST_OUTPUTS_PATH", "TEST_TEMP_PATH"].filter((name) => given[name]);
  return Object.fromEntries(
    made.map((name) => {
      const path = join(root, name.toLowerCase());
      mkdirSync(path);
      return [name, path];
    }),
  );
}

function filesIn(outputs: string): ReadonlyMap<string, string> {
  const names = readdirSync(outputs).sort();
  return new Map(names.map((name) => [name, readFileSync(join(outputs, name), "utf8")]));
}
