import { inspect } from "node:util";

/** Whatever was thrown, as an Error whose message is the text to report. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown, { depth: 2 }));
}

/** What went wrong in words; never empty. */
export function errorText(error: Error): string {
  return error.message === "" ? error.name : error.message;
}
