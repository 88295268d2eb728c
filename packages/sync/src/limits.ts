import { SyncError } from "./error.ts";

/** 1 MiB: the largest JSON text of one value, unless the store takes less. */
export const MAX_VALUE_BYTES: number = 1024 * 1024;

const MAX_NAME_BYTES = 512;

export function checkName(what: string, name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= MAX_NAME_BYTES) return;
  throw new SyncError(
    "range",
    `${what} "${name.slice(0, 40)}" has ${bytes} bytes; a name takes 1 to ${MAX_NAME_BYTES}`,
  );
}

export function checkTarget(what: string, target: number): void {
  if (Number.isSafeInteger(target) && target >= 0) return;
  throw new SyncError(
    "range",
    `${what}: the target is ${target}; it must be a whole number of instances, 0 or more`,
  );
}

export function checkValue(what: string, json: string, maxBytes: number = MAX_VALUE_BYTES): void {
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return;
  throw new SyncError(
    "too-large",
    `${what}: the value takes ${bytes} bytes of JSON, and ${maxBytes} is the limit; send a part of it, or where to fetch it`,
  );
}
