import type { z } from "zod";
import { SyncError } from "./error.ts";

/** The JSON text of a value. `what` says what it is for. Throws `invalid-payload` for what is not JSON or not of the schema. */
export function encodeValue<T>(what: string, value: T, schema?: z.ZodType<T>): string {
  if (schema !== undefined) check(schema, value, what);
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new SyncError("invalid-payload", `${what}: not JSON: ${cause}`, { cause });
  }
  if (json !== undefined) return json;
  throw new SyncError(
    "invalid-payload",
    `${what}: ${typeof value} is not JSON; give a value, such as null`,
  );
}

/** The value of a JSON text. Throws `invalid-payload` for what is not of the schema. */
export function decodeValue<T>(what: string, json: string, schema?: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SyncError("invalid-payload", `${what}: not JSON: ${json.slice(0, 80)}`, { cause });
  }
  return schema === undefined ? (value as T) : check(schema, value, what);
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
  );
  throw new SyncError("invalid-payload", `${what}: ${faults.join("; ")}`, { cause: result.error });
}
