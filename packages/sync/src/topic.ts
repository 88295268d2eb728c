import type { z } from "zod";
import { SyncError } from "./error.ts";

/** A topic and what its entries are. Made with {@link topic}. */
export interface Topic<T> {
  readonly name: string;
  readonly schema?: z.ZodType<T>;
}

/** A topic whose entries are checked against the schema when they are published and when they are read. */
export function topic<T>(name: string, schema?: z.ZodType<T>): Topic<T> {
  return schema === undefined ? { name } : { name, schema };
}

/** The JSON text of an entry. Throws a {@link SyncError} `invalid-payload` for what is not JSON or not of the schema. */
export function encode<T>({ name, schema }: Topic<T>, value: T): string {
  if (schema !== undefined) check(schema, value, `publish on topic "${name}"`);
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new SyncError("invalid-payload", `publish on topic "${name}": not JSON: ${cause}`, {
      cause,
    });
  }
  if (json !== undefined) return json;
  throw new SyncError(
    "invalid-payload",
    `publish on topic "${name}": ${typeof value} is not JSON; publish a value, such as null`,
  );
}

/** An entry's value. Throws a {@link SyncError} `invalid-payload` for what is not of the schema. */
export function decode<T>({ name, schema }: Topic<T>, json: string, seq: number): T {
  const where = `entry ${seq} of topic "${name}"`;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new SyncError("invalid-payload", `${where}: not JSON: ${json.slice(0, 80)}`, { cause });
  }
  return schema === undefined ? (value as T) : check(schema, value, where);
}

function check<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`,
  );
  throw new SyncError("invalid-payload", `${where}: ${faults.join("; ")}`, { cause: result.error });
}
