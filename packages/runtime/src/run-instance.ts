import type { Namespace, Scope } from "@groundplan/sync";
import { FileRunEnv } from "./file-run-env.ts";
import type { InstanceResult } from "./instance-result.ts";
import { InstanceRun } from "./instance-run.ts";
import { LiveInstance } from "./live-instance.ts";
import { noOutputs, openOutputs } from "./outputs.ts";
import { openServices, type ServiceOptions } from "./process-services.ts";
import type { RunEnvOptions } from "./run-env.ts";
import { type Environment, type RunParams, readRunParams } from "./run-params.ts";
import { shareStores } from "./shared-stores.ts";
import type { TestCases } from "./test-case.ts";
import { toError } from "./thrown.ts";

/** How to perform one instance. */
export interface RunInstanceOptions extends ServiceOptions {
  /** The variables of the contract: see `parseRunParams`. */
  readonly environment: Environment;
  /** The run in an open store; stays open. Unless given, the store the environment names is opened, and closed again. */
  readonly namespace?: Namespace | undefined;
  /** Takes each line, with its line feed; the process's stdout unless given. */
  readonly write?: ((line: string) => void) | undefined;
  /** Aborts the instance. It then has a second to clean up. */
  readonly signal?: AbortSignal | undefined;
  /** Adds `"instance":n` to the lines on stdout, where several instances share it. */
  readonly label?: number | undefined;
}

/** Finds the run an instance takes part in. */
export type Connect = (environment: Environment, scope: Scope) => Promise<Namespace>;

/**
 * Performs one instance from its environment to its one terminal event, and never rejects or exits the process.
 *
 * In this order: the HTTP listener and the profiles, where there are to be any, start event, connection to the store, stage events `network-initialized` (and the barrier, where
 * there is a sidecar), sequence numbers, test case, terminal event on stdout and among the run's events, close.
 * An instance that fails or crashes aborts the run for all others.
 */
export async function runInstance(
  cases: TestCases,
  options: RunInstanceOptions,
): Promise<InstanceResult> {
  const { namespace } = options;
  if (namespace !== undefined) return performInstance(cases, options, async () => namespace);
  await using stores = shareStores();
  return await performInstance(cases, options, stores.namespace);
}

/** As {@link runInstance}, over connections that someone else keeps. */
export async function performInstance(
  cases: TestCases,
  options: RunInstanceOptions,
  connect: Connect,
): Promise<InstanceResult> {
  const { environment, signal } = options;
  const { params, error } = readRunParams(environment);
  const { env, fault } = openEnv(params, error, {
    ...options,
    environment,
    logLevel: environment["LOG_LEVEL"],
    influxdbUrl: environment["INFLUXDB_URL"],
  });
  const live = new LiveInstance({
    errors: (chunk) => env.errors(chunk),
    exit: (unfinished) => {
      env.recordCrash(unfinished);
      env.metrics.harvest();
    },
  });
  if (signal !== undefined) live.follow(signal);
  env.metrics.recordProcess();
  const services = fault === undefined ? await openServices(env, options) : undefined;
  try {
    const scope = { run: params.run, plan: params.plan, case: params.case };
    const run = new InstanceRun(env, live, () => connect(environment, scope));
    return await live.run(() => run.perform(cases, fault));
  } finally {
    await services?.close();
    await env.close();
  }
}

/** An instance whose directory is unusable still says so on stdout. */
function openEnv(
  params: RunParams,
  fault: Error | undefined,
  options: RunEnvOptions,
): { readonly env: FileRunEnv; readonly fault: Error | undefined } {
  try {
    const outputs = openOutputs(params.outputsPath, params.tempPath);
    return { env: new FileRunEnv(params, outputs, options), fault };
  } catch (thrown) {
    return { env: new FileRunEnv(params, noOutputs, options), fault: fault ?? toError(thrown) };
  }
}
