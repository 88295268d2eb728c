import { z } from "zod";

/** How long the JSON text of a value is. */
export interface Bytes {
  /** Of an ordinary value; a guess where the schema does not say. */
  readonly usual: number;
  /** Of the longest that the schema allows; infinite where it sets no limit. */
  readonly most: number;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** Of a value about which nothing is known. */
export const UNKNOWN_BYTES: Bytes = { usual: 100, most: Number.POSITIVE_INFINITY };

const TEXT = 24;
const ITEMS = 10;
/** Of the longest number, with sign and exponent. */
const NUMBER: Bytes = { usual: 8, most: 24 };

/** How much a value of the schema takes. */
export function bytesOfSchema(schema: z.ZodType): Bytes {
  return bytesOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }));
}

/** Of a list of so many. */
export function times(count: number, { usual, most }: Bytes): Bytes {
  return { usual: 2 + count * (usual + 1), most: 2 + count * (most + 1) };
}

/** The items of a schema of lists. */
export function itemSchemaBytes(schema: z.ZodType): Bytes {
  const { items } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return bytesOf(items);
}

function bytesOf(schema: unknown): Bytes {
  if (!isSchema(schema)) return UNKNOWN_BYTES;
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return largest(choices.map(bytesOf));
  if (Array.isArray(schema["enum"])) return largest(schema["enum"].map(literal));
  if ("const" in schema) return literal(schema["const"]);
  switch (schema["type"]) {
    case "string":
      return text(schema);
    case "number":
    case "integer":
      return NUMBER;
    case "boolean":
      return { usual: 5, most: 5 };
    case "null":
      return { usual: 4, most: 4 };
    case "array":
      return list(schema);
    case "object":
      return record(schema);
    default:
      return UNKNOWN_BYTES;
  }
}

function text(schema: JsonSchema): Bytes {
  const most = numberOr(schema["maxLength"], Number.POSITIVE_INFINITY) + 2;
  const least = numberOr(schema["minLength"], 0) + 2;
  return { usual: Math.min(most, Math.max(least, TEXT)), most };
}

function list(schema: JsonSchema): Bytes {
  const item = bytesOf(schema["items"]);
  const most = numberOr(schema["maxItems"], Number.POSITIVE_INFINITY);
  const usual = Math.min(most, Math.max(numberOr(schema["minItems"], 0), ITEMS));
  return { usual: times(usual, item).usual, most: most === 0 ? 2 : times(most, item).most };
}

function record(schema: JsonSchema): Bytes {
  const { properties, additionalProperties: more } = schema;
  const fields = isSchema(properties) ? Object.entries(properties) : [];
  const sizes = fields.map(([name, field]) => {
    const { usual, most } = bytesOf(field);
    return { usual: usual + name.length + 4, most: most + name.length + 4 };
  });
  if (isSchema(more))
    sizes.push({ ...times(ITEMS, UNKNOWN_BYTES), most: Number.POSITIVE_INFINITY });
  return {
    usual: sizes.reduce((sum, { usual }) => sum + usual, 2),
    most: sizes.reduce((sum, { most }) => sum + most, 2),
  };
}

function literal(value: unknown): Bytes {
  const bytes = JSON.stringify(value)?.length ?? 0;
  return { usual: bytes, most: bytes };
}

function largest(sizes: readonly Bytes[]): Bytes {
  return {
    usual: Math.max(0, ...sizes.map(({ usual }) => usual)),
    most: Math.max(0, ...sizes.map(({ most }) => most)),
  };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
