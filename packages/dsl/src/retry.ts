import { DefinitionError } from "./definition-error.ts";
import { type Duration, type DurationText, durationMs, timeoutMs } from "./duration.ts";
import type { RetryData } from "./stage.ts";

/** How a body that throws is run again. */
export interface RetryOptions {
  /** How often it is run at most, 1 or more; 3 unless given, or without limit if only `within` is. */
  readonly attempts?: number;
  /** How long after the first attempt another may begin. What ends an attempt that hangs is the stage's timeout. */
  readonly within?: Duration;
  /**
   * The shortest pause between attempts and the longest; `"200ms..5s"` unless given. Pauses double from the one to the
   * other, and each is drawn between half of that and the whole, so that instances do not come back all at once.
   */
  readonly backoff?: `${DurationText}..${DurationText}`;
}

const ATTEMPTS = 3;

/**
 * @param what names the option in messages, such as `"stage 'dial': retry"`.
 * @throws DefinitionError `"bad-option"` or `"bad-duration"`.
 */
export function retryData(options: RetryOptions, what: string): RetryData {
  const { within, attempts = within === undefined ? ATTEMPTS : undefined } = options;
  if (attempts !== undefined) checkFromOne(attempts, `${what}.attempts`);
  return Object.freeze({
    ...(attempts === undefined ? {} : { attempts }),
    ...(within === undefined ? {} : { withinMs: timeoutMs(within, `${what}.within`) }),
    backoffMs: backoffMs(options.backoff ?? "200ms..5s", `${what}.backoff`),
  });
}

/** @throws DefinitionError `"bad-option"` unless it is a whole number, 1 or more. */
export function checkFromOne(n: unknown, what: string): asserts n is number {
  if (typeof n === "number" && Number.isSafeInteger(n) && n >= 1) return;
  throw new DefinitionError("bad-option", `${what} is ${n}: write a whole number, 1 or more`);
}

function backoffMs(backoff: string, what: string): readonly [number, number] {
  const [first = "", last = "", ...more] = backoff.split("..");
  if (last === "" || more.length > 0) {
    throw new DefinitionError(
      "bad-option",
      `${what} '${backoff}' is not two durations: write the shortest pause and the longest, '200ms..5s'`,
    );
  }
  // Text without a unit is refused there.
  const range = [first, last].map((each) => durationMs(each as DurationText, what));
  const [shortest = 0, longest = 0] = range;
  if (shortest <= longest) return Object.freeze([shortest, longest] as const);
  throw new DefinitionError(
    "bad-option",
    `${what} '${backoff}' ends before it begins: write the shortest pause first`,
  );
}
