import { randomBytes } from "node:crypto";
import { z } from "zod";
import { flag, optionalText, subnet, text, time, whole } from "./environment-field.ts";
import { unpackParams } from "./packed-params.ts";
import { listFaults, RuntimeError } from "./runtime-error.ts";

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner tells an instance about itself and its run. */
export interface RunParams {
  readonly plan: string;
  readonly case: string;
  readonly run: string;
  readonly repo: string;
  readonly commit?: string;
  readonly branch: string;
  readonly tag: string;
  /** The directory for what the instance leaves behind; empty if there is none. */
  readonly outputsPath: string;
  /** The directory for what may be lost; empty if there is none. */
  readonly tempPath: string;
  /** Of the whole run. */
  readonly instances: number;
  readonly role: string;
  /** As text. Those without a value are absent. */
  readonly params: Readonly<Record<string, string>>;
  readonly group: string;
  readonly groupInstances: number;
  /** Whether a sidecar shapes this instance's network. */
  readonly sidecar: boolean;
  /** The data network, `10.1.0.0/16`. */
  readonly subnet: string | undefined;
  readonly startTime: Date | undefined;
  /** Kind of profile and its period: `{ cpu: 'true', heap: '5s' }`. */
  readonly captureProfiles: Readonly<Record<string, string>>;
  readonly disableMetrics: boolean;
  /** From 0 within the group. Known under Groundplan's own runner only. */
  readonly ordinal: number | undefined;
}

const variables = z.object({
  TEST_PLAN: text,
  TEST_CASE: text,
  TEST_RUN: text,
  TEST_REPO: text,
  TEST_COMMIT: optionalText,
  TEST_BRANCH: text,
  TEST_TAG: text,
  TEST_OUTPUTS_PATH: text,
  TEST_TEMP_PATH: text,
  TEST_INSTANCE_COUNT: whole(1, 1),
  TEST_INSTANCE_ROLE: text,
  TEST_INSTANCE_PARAMS: text.transform(unpackParams),
  TEST_GROUP_ID: text,
  TEST_GROUP_INSTANCE_COUNT: whole(1, undefined),
  TEST_SIDECAR: flag,
  TEST_SUBNET: subnet,
  TEST_START_TIME: time,
  TEST_CAPTURE_PROFILES: text.transform(unpackParams),
  TEST_DISABLE_METRICS: flag,
  GROUNDPLAN_ORDINAL: whole(0, undefined),
});

type Variables = z.output<typeof variables>;

/**
 * Reads an instance's run parameters from its environment.
 *
 * Required are `TEST_CASE`, and `TEST_RUN` where the run has several instances. Otherwise a missing or empty variable
 * has a default: plan `unnamed`, group `single`, one instance, the group as large as the run, a run id drawn at
 * random, no subnet, no start time, flags off.
 *
 * @throws {@link RuntimeError} `bad-environment`, naming every variable at fault, what it holds and what it must be.
 */
export function parseRunParams(environment: Environment): RunParams {
  const { params, error } = readRunParams(environment);
  if (error !== undefined) throw error;
  return params;
}

/** The parameters with defaults for what is at fault, and the error that says what is: enough to report it by. */
export function readRunParams(environment: Environment): {
  readonly params: RunParams;
  readonly error: RuntimeError | undefined;
} {
  const faults = variableFaults(environment);
  const sound = { ...environment };
  for (const [name] of faults) delete sound[name];
  const values = variables.parse(sound);
  const all = [...faults.values(), ...missing(values)];
  const error =
    all.length === 0
      ? undefined
      : new RuntimeError("bad-environment", listFaults("the environment is not usable:", all));
  return { params: toRunParams(values), error };
}

function variableFaults(environment: Environment): ReadonlyMap<string, string> {
  const issues = variables.safeParse(environment).error?.issues ?? [];
  return new Map(
    issues.map((issue) => {
      const name = String(issue.path[0]);
      const found = JSON.stringify(environment[name]);
      return [name, `${name} is ${found}; expected ${issue.message}`];
    }),
  );
}

function missing(values: Variables): string[] {
  const faults: string[] = [];
  if (values.TEST_CASE === "") {
    faults.push("TEST_CASE is missing; expected the name of the test case to perform");
  }
  if (values.TEST_RUN === "" && values.TEST_INSTANCE_COUNT > 1) {
    const all = values.TEST_INSTANCE_COUNT;
    faults.push(`TEST_RUN is missing; expected the id that all ${all} instances of the run share`);
  }
  return faults;
}

function toRunParams(values: Variables): RunParams {
  const { TEST_COMMIT: commit } = values;
  return {
    plan: values.TEST_PLAN || "unnamed",
    case: values.TEST_CASE,
    run: values.TEST_RUN || randomBytes(10).toString("hex"),
    repo: values.TEST_REPO,
    ...(commit === undefined ? {} : { commit }),
    branch: values.TEST_BRANCH,
    tag: values.TEST_TAG,
    outputsPath: values.TEST_OUTPUTS_PATH,
    tempPath: values.TEST_TEMP_PATH,
    instances: values.TEST_INSTANCE_COUNT,
    role: values.TEST_INSTANCE_ROLE,
    params: values.TEST_INSTANCE_PARAMS,
    group: values.TEST_GROUP_ID || "single",
    groupInstances: values.TEST_GROUP_INSTANCE_COUNT ?? values.TEST_INSTANCE_COUNT,
    sidecar: values.TEST_SIDECAR,
    subnet: values.TEST_SUBNET,
    startTime: values.TEST_START_TIME,
    captureProfiles: values.TEST_CAPTURE_PROFILES,
    disableMetrics: values.TEST_DISABLE_METRICS,
    ordinal: values.GROUNDPLAN_ORDINAL,
  };
}
