import {
  AbortedError,
  type InitContext,
  type RunEnv,
  type TestCaseFunction,
} from "@groundplan/runtime";
import { z } from "zod";
import type { Choreography } from "../choreography.ts";
import type { Definition } from "../definition.ts";
import type { Plan } from "../plan.ts";
import type { TestCase } from "../testcase.ts";
import { seconds } from "./blame.ts";
import type { Outcome } from "./conclude.ts";
import type { JournalEvent } from "./journal.ts";
import { perform } from "./perform.ts";
import { describeReport } from "./report.ts";
import { StageError } from "./stage-error.ts";

/** Options of {@link toCases}. */
export interface CasesOptions {
  /** Receives what each instance does, in its order. */
  readonly journal?: (env: RunEnv, event: JournalEvent) => void;
  /** What all draws are made from, the same at every instance; the run's id unless given. */
  readonly seed?: string;
}

/**
 * A plan's test cases as functions that `runInstance` and `invoke` perform. They reject with a `StageError` where the
 * instance failed, and with an `AbortedError` that names the one that did where another did.
 */
export function toCases(plan: Plan, options: CasesOptions = {}): Record<string, TestCaseFunction> {
  const { journal = () => {}, seed } = options;
  return Object.fromEntries(
    Object.entries(plan.cases).map(([name, found]) => [
      name,
      found.type === "choreography"
        ? choreographyCase(found, journal, seed)
        : rawCase(name, found, journal),
    ]),
  );
}

type WriteJournal = NonNullable<CasesOptions["journal"]>;

function choreographyCase(
  found: Choreography,
  journal: WriteJournal,
  seed: string | undefined,
): TestCaseFunction {
  return async (env, init) => {
    const definition = define(found, env.params(found.options.params ?? z.object({})));
    const { sync, namespace, network, signal, globalSeq: seq } = init;
    const write = (event: JournalEvent): void => journal(env, event);
    const keepRun = (): void => init.keepRun();
    const instance = { env, sync, namespace, network, seq, signal, journal: write, seed, keepRun };
    const outcome = await perform(definition, instance);
    if (outcome.type === "failed") throw named(outcome);
    if (outcome.type === "aborted") {
      throw new AbortedError(`aborted: ${describeReport(outcome.report)}`);
    }
  };
}

/** Without source positions, which cost time, unless there is something wrong to point at. */
function define(found: Choreography, params: Readonly<Record<string, unknown>>): Definition {
  try {
    return found.define(params, { sources: false });
  } catch {
    return found.define(params);
  }
}

/** `peer #12 stage 'dial': connection reset`: in a runner's output nothing else says whose it is. */
function named({ error, by }: Outcome & { type: "failed" }): StageError {
  const { code, stage, message } = error;
  const who = by === undefined ? "" : `${by.role} #${by.id} `;
  return new StageError(code, stage, `${who}stage '${stage}': ${message}`, { cause: error });
}

function rawCase(name: string, found: TestCase, journal: WriteJournal): TestCaseFunction {
  return async (env, init) => {
    const start = performance.now();
    const note = (event: JournalEvent["event"], text?: string): void =>
      journal(env, {
        t: performance.now() - start,
        id: init.globalSeq,
        role: env.group,
        group: env.group,
        stage: name,
        event,
        ...(text === undefined ? {} : { text }),
      });
    note("enter");
    try {
      await withinTime(name, found, env, init);
      note("leave");
    } catch (error) {
      note("fail", error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
}

async function withinTime(
  name: string,
  { run, options }: TestCase,
  env: RunEnv,
  { sync, network, signal }: InitContext,
): Promise<void> {
  const ending = new AbortController();
  const params = env.params(options.params ?? z.object({}));
  const late = `the test case has not returned after ${seconds(options.timeoutMs)}`;
  const expire = (): void => ending.abort(new StageError("run-timeout", name, late));
  const timer = setTimeout(expire, options.timeoutMs);
  const ends = AbortSignal.any([signal, sync.aborted, ending.signal]);
  try {
    await Promise.race([
      run({ env, sync, network, signal: ends, params }),
      rejection(ending.signal),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
