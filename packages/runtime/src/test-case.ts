import type { Namespace, SyncClient } from "@groundplan/sync";
import type { Network } from "./network/network.ts";
import type { RunEnv } from "./run-env.ts";
import { RuntimeError } from "./runtime-error.ts";

/** What an instance has once all is ready for its test case. */
export interface InitContext {
  /** Coordination with the other instances of the run. */
  readonly sync: SyncClient;
  /** The run in the store, for what `sync` cannot do. */
  readonly namespace: Namespace;
  /** The instance's data network, as far as a sidecar shapes it. */
  readonly network: Network;
  /** The instance's number in the run, from 1 in order of arrival. */
  readonly globalSeq: number;
  /** The instance's number in its group, from 1 in order of arrival. */
  readonly groupSeq: number;
  /** Aborts when the instance is to stop: another one failed, or the process was told to end. */
  readonly signal: AbortSignal;
  /** The others can do without this instance: its failure does not abort the run. They are for the test case to tell. */
  keepRun(): void;
}

/** One test case of a plan. Resolves if it passed; rejects with what is wrong, or with an `AbortedError`. */
export type TestCaseFunction = (env: RunEnv, init: InitContext) => Promise<void>;

/** A plan's test cases by name. */
export type TestCases = Readonly<Record<string, TestCaseFunction>>;

/** Finds a test case. Testground passes names with `-` for `/`. */
export function findCase(cases: TestCases, name: string): TestCaseFunction {
  const names = Object.keys(cases);
  const found = names.find((each) => each === name) ?? names.find((each) => clean(each) === name);
  const testCase = found === undefined ? undefined : cases[found];
  if (testCase !== undefined) return testCase;
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  throw new RuntimeError("unknown-case", `the plan has no test case '${name}'; ${known}`);
}

function clean(name: string): string {
  return name.replaceAll("/", "-");
}
