import { isDeepStrictEqual } from "node:util";
import { formatParams, RuntimeError, typedParams, unpackParams } from "@groundplan/runtime";
import { z } from "zod";

/** A default as TOML can hold it, and as Testground turns it into the text it passes on. */
export type ManifestDefault = string | number | boolean | readonly (string | number | boolean)[];

/** A parameter of a test case as Testground's manifest describes it. */
export interface ManifestParam {
  readonly name: string;
  /** `int`, `float`, `bool`, `string`, `enum`, `[]string` and so on, else `json`. For people: nothing checks it. */
  readonly type: string;
  /** From the schema's description. */
  readonly desc?: string;
  /** From the schema's metadata: `.meta({ unit: "ms" })`. */
  readonly unit?: string;
  /** Absent where there is none, and where Testground could not pass it on: an instance then uses the plan's own. */
  readonly default?: ManifestDefault;
}

/** The parameters in declaration order. */
export function manifestParams(schema: z.ZodObject | undefined): readonly ManifestParam[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => manifestParam(name, field));
}

/** What zod says of a schema, with whatever its author added as metadata. */
type JsonSchema = Readonly<Record<string, unknown>>;

function manifestParam(name: string, field: z.core.$ZodType): ManifestParam {
  const schema: JsonSchema = z.toJSONSchema(field, { io: "input", unrepresentable: "any" });
  const desc = [schema["description"], choices(schema)].filter((part) => part !== undefined);
  const { unit } = schema;
  const found = defaultOf(name, field, schema["default"]);
  return {
    name,
    type: typeOf(schema),
    ...(desc.length === 0 ? {} : { desc: desc.join("; ") }),
    ...(typeof unit === "string" ? { unit } : {}),
    ...(found === undefined ? {} : { default: found }),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  integer: "int",
  number: "float",
  boolean: "bool",
  string: "string",
  object: "json",
};

function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema["enum"])) return "enum";
  if (Array.isArray(schema["anyOf"])) {
    return [...new Set(schema["anyOf"].map((option: JsonSchema) => typeOf(option)))].join(" or ");
  }
  const types: unknown[] = [schema["type"]].flat();
  const type = types.find((each) => each !== "null");
  if (type === "array") return arrayOf(schema["items"]);
  return typeof type === "string" ? (TYPES[type] ?? type) : "string";
}

function arrayOf(items: unknown): string {
  const item = typeof items === "object" && items !== null ? typeOf(items as JsonSchema) : "json";
  return /^(int|float|bool|string)$/.test(item) ? `[]${item}` : "json";
}

function choices({ enum: values }: JsonSchema): string | undefined {
  return Array.isArray(values) ? `one of ${values.map(String).join(", ")}` : undefined;
}

/**
 * The default, if an instance that is given it as text ends up with the value it has without. A default behind a
 * transformation does not, nor does one that differs from call to call, nor a text with `|` before `=`.
 */
function defaultOf(
  name: string,
  field: z.core.$ZodType,
  declared: unknown,
): ManifestDefault | undefined {
  const { success, data } = z.safeParse(field, undefined);
  if (!success || data === undefined || data === null) return undefined;
  const value = tomlValue(declared ?? data);
  return isDeepStrictEqual(readBack(name, field, value), data) ? value : undefined;
}

/** TOML has no null and older readers no mixed arrays: what may have either is the JSON text it would be passed as. */
function tomlValue(value: unknown): ManifestDefault {
  if (isPlain(value)) return value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) && isUniform(value)) return value;
  return JSON.stringify(value) ?? "";
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function isUniform(values: readonly unknown[]): values is (string | number | boolean)[] {
  const kinds = new Set(values.map((value) => typeof value));
  const isWhole = values.every((value) => typeof value !== "number" || Number.isSafeInteger(value));
  return values.length > 0 && kinds.size === 1 && isWhole && values.every(isPlain);
}

/** The value an instance has when a runner passes this default. */
function readBack(name: string, field: z.core.$ZodType, value: ManifestDefault): unknown {
  try {
    const packed = formatParams({
      [name]: typeof value === "string" ? value : JSON.stringify(value),
    });
    return typedParams(z.object({ [name]: field }), unpackParams(packed))[name];
  } catch (error) {
    if (error instanceof RuntimeError) return undefined;
    throw error;
  }
}
