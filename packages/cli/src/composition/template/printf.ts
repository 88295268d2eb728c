import { kindOf, print, type Value } from "./values.ts";

type Verb = (value: Value, precision: string | undefined) => string;

/** What a verb does with what it takes; for other values Go prints its own complaint, and here it is an error. */
const VERBS: Readonly<Record<string, Verb>> = {
  v: print,
  s: print,
  d: (value) => only(value, ["bigint"], "d").toString(),
  t: (value) => only(value, ["boolean"], "t").toString(),
  f: (value, precision) => Number(only(value, ["number"], "f")).toFixed(Number(precision ?? 6)),
  q: (value) => JSON.stringify(print(value)),
};

/** Go's `printf` with %v, %s, %d, %t, %f, %.2f, %q and %%, without widths and flags. */
export function printf(format: string, args: readonly Value[]): string {
  let used = 0;
  const text = format.replaceAll(/%(?:\.(\d+))?(.)?/g, (match, precision, verb) => {
    if (match === "%%") return "%";
    const write = Object.hasOwn(VERBS, verb ?? "") ? VERBS[verb] : undefined;
    if (write === undefined || (precision !== undefined && verb !== "f")) {
      throw new Error(`'${match}' is not supported: there are %v, %s, %d, %t, %f, %q and %%`);
    }
    if (used >= args.length) throw new Error(`'${match}' has no argument`);
    used += 1;
    return write(args[used - 1], precision);
  });
  if (used < args.length) throw new Error(`'${format}' uses ${used} of ${args.length} arguments`);
  return text;
}

function only(value: Value, kinds: readonly string[], verb: string): bigint | boolean | number {
  const isRight =
    typeof value === "bigint" || typeof value === "boolean" || typeof value === "number";
  if (isRight && kinds.includes(typeof value)) return value;
  throw new Error(`%${verb} cannot print ${kindOf(value)}`);
}
