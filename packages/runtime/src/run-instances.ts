import { setMaxListeners } from "node:events";
import { SyncError } from "@groundplan/sync";
import { guardProcess } from "./guard-process.ts";
import type { InstanceResult } from "./instance-result.ts";
import { type LiveInstance, liveInstances } from "./live-instance.ts";
import { performInstance, type RunInstanceOptions } from "./run-instance.ts";
import type { Environment } from "./run-params.ts";
import { shareStores } from "./shared-stores.ts";
import { guardStdout } from "./stdout-guard.ts";
import { teeStderr } from "./tee-stderr.ts";
import type { TestCases } from "./test-case.ts";
import { toError } from "./thrown.ts";

/** What the instances of one process have in common. */
export interface RunInstancesOptions
  extends Pick<RunInstanceOptions, "write" | "signal" | "listen"> {
  /** Hears of each instance when it has ended; awaited before the process may exit. */
  readonly onEnd?:
    | ((environment: Environment, result: InstanceResult) => Promise<void>)
    | undefined;
}

/**
 * Performs several instances in this process over one connection to their store; resolves with their results in order.
 *
 * While they run, the first of them serves HTTP and takes profiles for the process. An error that nobody caught crashes
 * the instance it came from, or all if that cannot be told. What they write to stderr goes to their `run.err` too; what
 * they print to stdout is kept from being mistaken for events. With more than one, each line on stdout says which
 * instance of the group it comes from: `"instance":n`.
 */
export async function runInstances(
  cases: TestCases,
  environments: readonly Environment[],
  options: RunInstancesOptions = {},
): Promise<readonly InstanceResult[]> {
  using _stdout = options.write === undefined ? guardStdout() : undefined;
  using _tee = teeStderr();
  using _guard = guardProcess({ onCrash });
  const results = await performAll(cases, environments, options);
  // Node tells of a rejection that nobody handles once the event loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  return results;
}

async function performAll(
  cases: TestCases,
  environments: readonly Environment[],
  options: RunInstancesOptions,
): Promise<readonly InstanceResult[]> {
  await using stores = shareStores();
  const { write, signal, listen = false, onEnd } = options;
  // Every instance listens to it; Node warns of a leak from the eleventh.
  if (signal !== undefined) setMaxListeners(0, signal);
  const perform = async (environment: Environment, index: number): Promise<InstanceResult> => {
    const label = environments.length > 1 ? labelOf(environment, index) : undefined;
    const isFirst = index === 0;
    const services = { listen: listen && isFirst, profiles: isFirst };
    const each = { write, signal, environment, label, ...services };
    const result = await performInstance(cases, each, stores.namespace);
    await onEnd?.(environment, result);
    return result;
  };
  return await Promise.all(environments.map(perform));
}

function onCrash(thrown: unknown, instance: LiveInstance | undefined): void {
  const error = toError(thrown);
  // Waits that the plan left behind end with the instance.
  if (instance?.isOver && error instanceof SyncError) return;
  process.stderr.write(`${error.stack ?? error.message}\n`);
  for (const crashed of instance === undefined ? liveInstances() : [instance]) crashed.crash(error);
}

function labelOf(environment: Environment, index: number): number {
  const ordinal = environment["GROUNDPLAN_ORDINAL"] ?? "";
  return /^\d+$/.test(ordinal) ? Number(ordinal) : index;
}
