import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";

/** What a register that holds `json` holds after an addition. */
export function sumOf(key: string, json: string | undefined, by: number): number {
  if (json !== undefined && !/^-?\d{1,16}$/.test(json)) throw notANumber(key, json);
  const sum = Number(json ?? "0") + by;
  if (!Number.isSafeInteger(sum)) throw sumOutOfRange(key, json ?? "0", by);
  return sum;
}

export function notANumber(key: string, json: string): SyncError {
  const what = `${nameInKey(key)} holds ${json.slice(0, 40)}`;
  return new SyncError("mismatch", `${what}, to which nothing can be added; write a whole number`);
}

export function sumOutOfRange(key: string, json: string, by: number): SyncError {
  return new SyncError(
    "range",
    `${nameInKey(key)}: ${json} + ${by} cannot be told exactly; keep sums within 2^53 - 1`,
  );
}
