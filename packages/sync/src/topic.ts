import type { z } from "zod";
import { decodeValue, encodeValue } from "./payload.ts";

/** A topic and what its entries are. Made with {@link topic}. */
export interface Topic<T> {
  readonly name: string;
  readonly schema?: z.ZodType<T>;
}

/** A topic whose entries are checked against the schema when they are published and when they are read. */
export function topic<T>(name: string, schema?: z.ZodType<T>): Topic<T> {
  return schema === undefined ? { name } : { name, schema };
}

/** The JSON text of an entry. Throws a `SyncError` `invalid-payload` for what is not JSON or not of the schema. */
export function encode<T>({ name, schema }: Topic<T>, value: T): string {
  return encodeValue(`publish on topic "${name}"`, value, schema);
}

/** An entry's value. Throws a `SyncError` `invalid-payload` for what is not of the schema. */
export function decode<T>({ name, schema }: Topic<T>, json: string, seq: number): T {
  return decodeValue(`entry ${seq} of topic "${name}"`, json, schema);
}
