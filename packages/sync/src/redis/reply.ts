import { SyncError } from "../error.ts";

/** What Redis answered is unknown until one of these has looked at it. */
export function asArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected("an array", value);
}

/** Scripts answer with counts as text: above 2^52 the client reads the integers of replies inexactly. */
export function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^-?\d+$/.test(value)) return Number(value);
  throw unexpected("a number", value);
}

export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  throw unexpected("a text", value);
}

/** Redis gives maps as a list of keys and values in turn. */
export function asPairs(value: unknown): readonly (readonly [string, unknown])[] {
  const flat = asArray(value);
  return Array.from({ length: flat.length / 2 }, (_, i) => [asText(flat[2 * i]), flat[2 * i + 1]]);
}

function unexpected(wanted: string, found: unknown): SyncError {
  return new SyncError("protocol", `Redis answered ${JSON.stringify(found)} instead of ${wanted}`);
}
