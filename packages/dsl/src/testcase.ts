import type { Network, RunEnv } from "@groundplan/runtime";
import type { SyncClient } from "@groundplan/sync";
import type { z } from "zod";
import { type CaseOptions, type CaseSettings, caseSettings } from "./case-options.ts";

type NoParams = z.ZodObject<Record<never, never>>;

/** What a raw test case works with. */
export interface TestContext<P = Readonly<Record<string, unknown>>> {
  readonly env: RunEnv;
  readonly sync: SyncClient;
  readonly network: Network;
  /** Aborts when the case times out, and when the run is aborted. */
  readonly signal: AbortSignal;
  readonly params: P;
}

/** A test case that coordinates by hand. */
export interface TestCase {
  readonly type: "testcase";
  /** @param context its `params` as `options.params` puts them out. */
  readonly run: (context: TestContext) => Promise<void>;
  readonly options: CaseSettings;
}

/**
 * A test case that coordinates by hand, through `sync`.
 *
 * @throws DefinitionError `"bad-duration"`.
 */
export function testcase<P extends z.ZodObject = NoParams>(
  run: (context: TestContext<z.output<P>>) => Promise<void>,
  options: CaseOptions<P> = {},
): TestCase {
  return Object.freeze({
    type: "testcase",
    // Whoever calls it parses the parameters by the schema beside it.
    run: run as TestCase["run"],
    options: Object.freeze(caseSettings(options)),
  });
}
