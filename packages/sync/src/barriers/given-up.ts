import { SyncError } from "../error.ts";
import type { Wait } from "../wait.ts";

/** Whether a wait ended because its caller had enough, rather than by what the store said. */
export function hasGivenUp({ signal }: Wait, error: unknown): boolean {
  return signal?.aborted === true || (error instanceof SyncError && error.code === "timeout");
}
