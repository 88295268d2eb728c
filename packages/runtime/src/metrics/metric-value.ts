import { RuntimeError } from "../runtime-error.ts";

/** The value, if it can be recorded. `metric` says where: `the point 'rtt'`. */
export function finite(metric: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RuntimeError(
    "bad-metric",
    `${metric} is ${String(value)}; only finite numbers can be recorded`,
  );
}

/** As {@link finite}, for what is counted in whole numbers. */
export function whole(metric: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new RuntimeError(
    "bad-metric",
    `${metric} is changed by ${String(value)}; it counts in whole numbers below 2^53`,
  );
}

/** As {@link finite}, for what is above 0. */
export function positive(what: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RuntimeError("bad-metric", `${what} is ${String(value)}; expected a number above 0`);
}
