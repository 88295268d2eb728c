import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "smol-toml";
import { messageOf } from "../../command-error.ts";
import { type TemplateFunction, tableOf, textOf } from "./functions.ts";
import type { Value } from "./values.ts";

interface Surroundings {
  /** Of the composition's file: resources are found from there. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What Testground adds to Go's functions for its compositions. */
export function testgroundFunctions({
  directory,
  env,
}: Surroundings): Readonly<Record<string, TemplateFunction>> {
  return {
    load_resource: { least: 1, most: 1, call: (path) => load(directory, textOf(path)) },
    pick: { least: 2, most: 2, call: (table, key) => pick(tableOf(table), textOf(key)) },
    toml: {
      least: 1,
      most: 1,
      call: (value) => stringify(tableOf(value), { numbersAsFloat: true }),
    },
    withEnv: { least: 1, most: 1, call: (table) => ({ ...tableOf(table), Env: env }) },
    split: { least: 1, most: 1, call: (text) => textOf(text).split(",") },
    atoi: { least: 1, most: 1, call: (text) => wholeNumber(textOf(text)) },
  };
}

/** With whole numbers apart from others, so that they are written as what they were. */
function load(directory: string, path: string): Value {
  const file = join(directory, path);
  try {
    return parse(readFileSync(file, "utf8"), { integersAsBigInt: true });
  } catch (cause) {
    throw new Error(`resource '${path}' cannot be read from ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function pick(table: Readonly<Record<string, Value>>, key: string): Value {
  return Object.hasOwn(table, key) ? { [key]: table[key] } : {};
}

function wholeNumber(text: string): bigint {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
  throw new Error(`${JSON.stringify(text)} is not a whole number`);
}
