import type { z } from "zod";
import { type FromText, fromText } from "./param-text.ts";
import type { Environment } from "./run-params.ts";
import { listFaults, RuntimeError } from "./runtime-error.ts";

/**
 * A plan's parameters as its schema types them, from the texts a runner passes.
 *
 * Numbers, booleans, enums and literals are read from their spelling; arrays, tuples, objects and records from JSON;
 * strings are taken as they are. An absent parameter gets the schema's default. Texts the schema does not name are
 * left out: see {@link unknownParams}. `environment` is where {@link port} looks for a port the parameters do not name.
 *
 * @throws {@link RuntimeError} `bad-params`, naming every parameter at fault, its text and what it must be.
 */
export function typedParams<S extends z.ZodObject>(
  schema: S,
  raw: Readonly<Record<string, string>>,
  environment: Environment = {},
): z.output<S> {
  const kinds = new Map(Object.entries(schema.shape).map(([name, s]) => [name, fromText(s)]));
  const { values, faults } = readTexts(kinds, (name, kind) => textOf(name, kind, raw, environment));
  const parsed = schema.safeParse(values);
  if (parsed.success && faults.size === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? "");
    if (!faults.has(name)) faults.set(name, issueText(name, raw[name], issue, kinds.get(name)));
  }
  throw new RuntimeError(
    "bad-params",
    listFaults("the parameters do not fit the plan:", [...faults.values()]),
  );
}

/** Those of the names that the schema does not have, in the order given. */
export function unknownParams(schema: z.ZodObject, names: Iterable<string>): string[] {
  return [...names].filter((name) => !Object.hasOwn(schema.shape, name));
}

function textOf(
  name: string,
  { variable = "" }: FromText,
  raw: Readonly<Record<string, string>>,
  environment: Environment,
): string | undefined {
  return Object.hasOwn(raw, name) ? raw[name] : environment[variable];
}

function readTexts(
  kinds: ReadonlyMap<string, FromText>,
  find: (name: string, kind: FromText) => string | undefined,
): { readonly values: Record<string, unknown>; readonly faults: Map<string, string> } {
  const values: Record<string, unknown> = {};
  const faults = new Map<string, string>();
  for (const [name, kind] of kinds) {
    const text = find(name, kind);
    if (text === undefined) continue;
    const made = kind.read(text);
    if (made === undefined) faults.set(name, describe(name, text, kind.expected));
    else values[name] = made.value;
  }
  return { values, faults };
}

function describe(name: string, text: string, expected: string): string {
  return `parameter '${name}' is ${JSON.stringify(text)}; expected ${expected}`;
}

function issueText(
  name: string,
  text: string | undefined,
  issue: z.core.$ZodIssue,
  kind: FromText | undefined,
): string {
  if (kind === undefined) return issue.message;
  if (text === undefined) return `parameter '${name}' is missing; expected ${kind.expected}`;
  const inside = issue.path.slice(1).map(String).join(".");
  if (inside === "" && issue.code === "invalid_type") return describe(name, text, kind.expected);
  return `parameter '${name}' is ${JSON.stringify(text)}: ${inside === "" ? "" : `at ${inside}: `}${issue.message}`;
}
