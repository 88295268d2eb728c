import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import type { GroupCount } from "./groups.ts";

export function idIsTaken(key: string, id: string): SyncError {
  return new SyncError(
    "mismatch",
    `${nameInKey(key)}: the id "${id}" is another's, whose process lives; give every instance an id of its own`,
  );
}

export function joiningIsOver(key: string, id: string): SyncError {
  return new SyncError("aborted", `${nameInKey(key)}: the joining of "${id}" was withdrawn`);
}

export function groupTimeout(key: string, what: GroupCount, timeoutMs: number): string {
  const event = what === "deaths" ? "no member went down" : "nothing changed";
  return `${nameInKey(key)}: ${event} within ${Math.ceil(timeoutMs)} ms`;
}
