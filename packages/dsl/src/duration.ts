import type { Duration } from "@groundplan/runtime";
import { z } from "zod";
import { DefinitionError } from "./definition-error.ts";

export type { Duration } from "@groundplan/runtime";

/** A duration with its unit. */
export type DurationText = Exclude<Duration, number>;

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** A timer set for longer fires at once. */
const longestMs = 2 ** 31 - 1;

/**
 * The milliseconds of a duration, 0 to 2^31 - 1 (24 days).
 *
 * @param what names the duration in the message, such as `"stage 'dial': timeout"`.
 * @throws DefinitionError `"bad-duration"` if it is not a duration or too long for a timer.
 */
export function durationMs(value: Duration, what: string): number {
  const ms = typeof value === "number" ? value : textMs(value);
  if (ms >= 0 && ms <= longestMs) return ms;
  const wanted =
    "write milliseconds as a number, or '250ms', '30s', '5m', '1h'; the longest is 24 days";
  const found = typeof value === "string" ? `'${value}'` : String(value);
  throw new DefinitionError("bad-duration", `${what} ${found} is not a duration: ${wanted}`);
}

/** As {@link durationMs}, but more than 0: a wait that ends before it begins is a mistake. */
export function timeoutMs(value: Duration, what: string): number {
  const ms = durationMs(value, what);
  if (ms > 0) return ms;
  throw new DefinitionError("bad-duration", `${what} must be more than 0; leave it out for none`);
}

/** A parameter that holds a duration as text: `duration().default("100ms")`. */
export function duration(): z.ZodType<DurationText, DurationText> {
  const schema: z.ZodType<string, string> = z
    .string()
    .regex(pattern, "a duration such as 250ms, 30s, 5m or 1h");
  // The pattern is narrower than the template type, so what passes it has that type.
  return schema as unknown as z.ZodType<DurationText, DurationText>;
}

function textMs(value: unknown): number {
  const [, amount, unit] = pattern.exec(String(value)) ?? [];
  return Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
}
