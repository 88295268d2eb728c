import { guardProcess } from "./guard-process.ts";
import { exitCode } from "./instance-result.ts";
import { liveInstances } from "./live-instance.ts";
import { type RunInstancesOptions, runInstances } from "./run-instances.ts";
import type { Environment } from "./run-params.ts";
import { AbortedError, RuntimeError } from "./runtime-error.ts";
import type { TestCases } from "./test-case.ts";

const CRASHED = 2;

/**
 * Makes this process one instance of a run, and exits it: 0 the test case passed, 1 it failed, 2 it crashed, 3 it was
 * aborted. SIGTERM and SIGINT abort it. On each way out there is exactly one terminal event.
 */
export async function invoke(
  cases: TestCases,
  environment: Environment = process.env,
): Promise<never> {
  return invokeAll(cases, [environment]);
}

/** Options of {@link invokeAll}. */
export interface InvokeOptions extends Pick<RunInstancesOptions, "onEnd"> {
  /**
   * Whether the first instance serves `/metrics` and `/debug/pprof/`: see {@link RunInstanceOptions}. True unless given,
   * but for instances that Groundplan's own runner starts, which has many on one machine.
   */
  readonly listen?: boolean | undefined;
  /** What aborts the instances; SIGTERM and SIGINT unless given. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
}

/** As {@link invoke}, for a process that is several instances; the exit code is that of the worst. */
export async function invokeAll(
  cases: TestCases,
  environments: readonly Environment[],
  options: InvokeOptions = {},
): Promise<never> {
  const { onEnd, signals = ["SIGTERM", "SIGINT"] } = options;
  const listen = options.listen ?? environments[0]?.["GROUNDPLAN_ORDINAL"] === undefined;
  const interrupted = new AbortController();
  const interrupt = (name: NodeJS.Signals): void =>
    interrupted.abort(new AbortedError(`the instance was ended by ${name}`));
  for (const name of signals) process.on(name, interrupt);
  // A reader that went away is no reason to lose the files and the store's events.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  // Between the terminal event and the exit, what a plan left running may throw no more.
  guardProcess({ onCrash() {} });
  process.on("beforeExit", stalled);
  process.on("exit", left);
  const results = await runInstances(cases, environments, {
    signal: interrupted.signal,
    listen,
    onEnd,
  });
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode(results));
}

/** Nothing keeps the process alive, and still an instance waits. */
function stalled(): void {
  const error = new RuntimeError(
    "unfinished",
    "the test case waits for something that cannot happen: no timer, socket or other event is left in its process",
  );
  for (const instance of liveInstances()) instance.crash(error);
}

/** Somebody called `process.exit`. */
function left(code: number): void {
  const error = new RuntimeError(
    "unfinished",
    `the process exited with code ${code} before the test case ended; let the test case return or throw`,
  );
  for (const instance of liveInstances()) {
    instance.exit(error);
    process.exitCode = CRASHED;
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
