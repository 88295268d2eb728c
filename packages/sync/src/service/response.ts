import type { Frame } from "./fields.ts";
import { errorFields, messageOf } from "./wire-error.ts";

/** A response of Testground's protocol: always all five keys, and the line feed that its service writes. */
function response(id: string, filled: Frame = {}): string {
  const empty = { id, error: "", publish: null, subscribe: "", signal_entry: null };
  return `${JSON.stringify({ ...empty, ...filled })}\n`;
}

export function publishResponse(id: string, seq: number): string {
  return response(id, { publish: { seq } });
}

export function signalResponse(id: string, seq: number): string {
  return response(id, { signal_entry: { seq } });
}

/** Only its id tells what an empty response answers. */
export function barrierResponse(id: string): string {
  return response(id);
}

/** One entry. Never with an empty text, which Testground's own clients take for an error or stop at. */
export function subscribeResponse(id: string, json: string): string {
  return response(id, { subscribe: json === "" ? "null" : json });
}

export function errorResponse(id: string, error: unknown): string {
  return response(id, { error: messageOf(error) });
}

export function helloResponse(id: string, hello: Frame): string {
  return response(id, { hello });
}

export function callResponse(id: string, result: unknown): string {
  return JSON.stringify({ id, error: "", result: result ?? null });
}

export function callErrorResponse(id: string, error: unknown): string {
  return JSON.stringify({ id, ...errorFields(error) });
}

/** Consecutive entries, numbered from `seq`. */
export function entriesResponse(id: string, seq: number, entries: readonly string[]): string {
  return JSON.stringify({ id, error: "", seq, entries });
}
