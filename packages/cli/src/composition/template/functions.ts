import { comparisons } from "./comparisons.ts";
import { printf } from "./printf.ts";
import { isMap, isTrue, kindOf, print, type Value } from "./values.ts";

/** A function of the templates. What it throws is reported at the place of its call. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  call(...args: readonly Value[]): Value;
}

const many = Number.POSITIVE_INFINITY;

/** What Go's `text/template` has by itself, without what escapes for HTML, scripts and URLs. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  ...comparisons,
  and: {
    least: 1,
    most: many,
    call: (...args) => args.find((arg) => !isTrue(arg)) ?? lastOf(args),
  },
  or: { least: 1, most: many, call: (...args) => args.find(isTrue) ?? lastOf(args) },
  not: { least: 1, most: 1, call: (value) => !isTrue(value) },
  len: { least: 1, most: 1, call: length },
  index: { least: 1, most: many, call: (value, ...keys) => keys.reduce(item, value) },
  slice: { least: 1, most: 3, call: slice },
  print: { least: 0, most: many, call: (...args) => printAll(args) },
  println: { least: 0, most: many, call: (...args) => `${args.map(print).join(" ")}\n` },
  printf: { least: 1, most: many, call: (format, ...args) => printf(textOf(format), args) },
};

/** The value as a text, which it must be. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a text, got ${kindOf(value)}`);
}

/** The value as a table, which it must be. */
export function tableOf(value: Value): Readonly<Record<string, Value>> {
  if (isMap(value)) return value;
  throw new Error(`expected a table, got ${kindOf(value)}`);
}

function lastOf(args: readonly Value[]): Value {
  return args.at(-1);
}

function length(value: Value): bigint {
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  return BigInt(Object.keys(tableOf(value)).length);
}

function item(value: Value, key: Value): Value {
  if (isMap(value)) return Object.hasOwn(value, textOf(key)) ? value[textOf(key)] : undefined;
  if (!Array.isArray(value)) throw new Error(`${kindOf(value)} has no items`);
  const index = wholeOf(key);
  if (index >= 0 && index < value.length) return value[index];
  throw new Error(`there is no item ${index} in a list of ${value.length}`);
}

function slice(value: Value, from: Value = 0n, to?: Value): Value {
  if (typeof value !== "string" && !Array.isArray(value)) {
    throw new Error(`${kindOf(value)} cannot be sliced`);
  }
  const [start, end] = [wholeOf(from), to === undefined ? value.length : wholeOf(to)];
  if (start >= 0 && start <= end && end <= value.length) return value.slice(start, end);
  throw new Error(`there are no items ${start} to ${end} among ${value.length}`);
}

function wholeOf(value: Value): number {
  if (typeof value === "bigint") return Number(value);
  throw new Error(`expected a whole number, got ${kindOf(value)}`);
}

/** With a space between two that are both no texts, as Go has it. */
function printAll(args: readonly Value[]): string {
  return args
    .map((arg, index) => {
      const before = args[index - 1];
      const isApart = index > 0 && typeof arg !== "string" && typeof before !== "string";
      return `${isApart ? " " : ""}${print(arg)}`;
    })
    .join("");
}
