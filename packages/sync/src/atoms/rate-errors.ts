import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import type { Rate } from "./rates.ts";

export function setOtherwise(key: string, there: Rate, wanted: Rate): SyncError {
  const describe = ({ intervalUs, burst }: Rate): string =>
    `one permit in ${intervalUs / 1000} ms with bursts of ${burst}`;
  return new SyncError(
    "mismatch",
    `${nameInKey(key)} allows ${describe(there)}, and ${describe(wanted)} was named; every instance must name the same rate, or set another for all`,
  );
}

export function moreThanBurst(key: string, permits: number, burst: number): SyncError {
  return new SyncError(
    "range",
    `${nameInKey(key)}: ${permits} permits can never go at once, because a burst has ${burst}; ask for fewer, or allow a larger burst`,
  );
}

export function notSet(key: string): SyncError {
  return new SyncError("mismatch", `${nameInKey(key)} has no rate yet; set it first`);
}
