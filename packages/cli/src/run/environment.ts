import { cleanName } from "@groundplan/dsl";

export interface RunEnvironment {
  readonly plan: string;
  readonly case: string;
  readonly run: string;
  readonly instances: number;
  /** Directory of the run's outputs; an instance's are in `<group>/<n>` below it. */
  readonly outputs: string;
  /** Directory for what may be lost; an instance's is in `<group>/<n>` below it. */
  readonly temp: string;
  /** URL of the store. */
  readonly sync: string;
  /** Of every draw; the run's id unless given. */
  readonly seed: string | undefined;
  readonly disableMetrics: boolean;
  /** By label, passed on as `<LABEL>_PORT`. */
  readonly ports: Readonly<Record<string, string>>;
}

/** The contract's variables, as far as they are the same for every instance of the run. */
export function runEnvironment(run: RunEnvironment): Readonly<Record<string, string>> {
  return {
    TEST_PLAN: cleanName(run.plan),
    TEST_CASE: cleanName(run.case),
    TEST_RUN: run.run,
    TEST_INSTANCE_COUNT: `${run.instances}`,
    TEST_INSTANCE_ROLE: "",
    TEST_OUTPUTS_PATH: run.outputs,
    TEST_TEMP_PATH: run.temp,
    TEST_SIDECAR: "false",
    TEST_SUBNET: "127.1.0.0/16",
    TEST_START_TIME: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    TEST_CAPTURE_PROFILES: "",
    TEST_DISABLE_METRICS: `${run.disableMetrics}`,
    TEST_REPO: "",
    TEST_BRANCH: "",
    TEST_TAG: "",
    GROUNDPLAN_SYNC: run.sync,
    ...(run.seed === undefined ? {} : { GROUNDPLAN_SEED: run.seed }),
    ...serviceVariables(run.sync),
    ...portVariables(run.ports),
  };
}

function portVariables(ports: RunEnvironment["ports"]): Readonly<Record<string, string>> {
  const entries = Object.entries(ports);
  return Object.fromEntries(
    entries.map(([label, port]) => [`${label.trim().toUpperCase()}_PORT`, port]),
  );
}

/** For programs beside ours, written with Testground's own SDKs. */
function serviceVariables(sync: string): Readonly<Record<string, string>> {
  const { protocol, hostname, port } = new URL(sync);
  if (protocol === "ws:") return { SYNC_SERVICE_HOST: hostname, SYNC_SERVICE_PORT: port || "80" };
  return { REDIS_HOST: hostname, REDIS_PORT: port || "6379" };
}
