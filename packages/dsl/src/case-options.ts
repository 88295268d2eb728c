import type { z } from "zod";
import { type Duration, timeoutMs } from "./duration.ts";

/** Options of every test case. */
export interface CaseOptions<P extends z.ZodObject> {
  readonly description?: string;
  /** Keys are plan parameters. Write plain types: text from the environment is converted before it is parsed. */
  readonly params?: P;
  /** How many instances the case takes, where the roles do not say it. */
  readonly instances?: { readonly min?: number; readonly max?: number };
  /** From the complete roster to the end; `"5m"` unless given. */
  readonly timeout?: Duration;
}

/** Those options with their units and defaults resolved. */
export interface CaseSettings {
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly instances?: { readonly min?: number; readonly max?: number };
  readonly timeoutMs: number;
}

/** @throws DefinitionError `"bad-duration"`. */
export function caseSettings(options: CaseOptions<z.ZodObject>): CaseSettings {
  const { description, params, instances, timeout = "5m" } = options;
  return {
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(instances === undefined ? {} : { instances: Object.freeze({ ...instances }) }),
    timeoutMs: timeoutMs(timeout, "option timeout"),
  };
}
