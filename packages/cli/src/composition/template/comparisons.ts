import type { TemplateFunction } from "./functions.ts";
import { kindOf, type Value } from "./values.ts";

type Order = (a: Value, b: Value) => boolean;

const ordered = (order: (sign: number) => boolean): TemplateFunction => ({
  least: 2,
  most: 2,
  call: (a, b) => order(compare(a, b)),
});

/** Go's `eq`, which takes several, and the others. */
export const comparisons: Readonly<Record<string, TemplateFunction>> = {
  eq: {
    least: 2,
    most: Number.POSITIVE_INFINITY,
    call: (first, ...others) => others.some((other) => isEqual(first, other)),
  },
  ne: { least: 2, most: 2, call: (a, b) => !isEqual(a, b) },
  lt: ordered((sign) => sign < 0),
  le: ordered((sign) => sign <= 0),
  gt: ordered((sign) => sign > 0),
  ge: ordered((sign) => sign >= 0),
};

/** What is missing equals what is missing, and nothing else. */
const isEqual: Order = (a, b) => {
  const [left, right] = [a ?? undefined, b ?? undefined];
  if (left === undefined || right === undefined) return left === right;
  checkComparable(left, right, ["string", "bigint", "number", "boolean"]);
  return left === right;
};

function compare(a: Value, b: Value): number {
  checkComparable(a, b, ["string", "bigint", "number"]);
  if (typeof a === "string" && typeof b === "string") {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return Number(a) - Number(b);
}

function checkComparable(a: Value, b: Value, kinds: readonly string[]): void {
  if (typeof a === typeof b && kinds.includes(typeof a)) return;
  throw new Error(`${kindOf(a)} and ${kindOf(b)} cannot be compared`);
}
