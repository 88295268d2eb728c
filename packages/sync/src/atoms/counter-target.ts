import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";

/** The count at which the round ends that `seq` belongs to. */
export function endOfRound(seq: number, roundOf: number): number {
  return Math.ceil(seq / roundOf) * roundOf;
}

export function declaredOtherwise(key: string, declared: number, target: number): SyncError {
  return new SyncError(
    "mismatch",
    `${nameInKey(key)} was declared with ${declared} before, and now with ${target}; every instance must name the same number`,
  );
}

export function countOutOfRange(key: string): SyncError {
  return new SyncError("range", `${nameInKey(key)} cannot count beyond 2^53 - 1`);
}
