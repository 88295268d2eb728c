import { randomUUID } from "node:crypto";
import type { Namespace } from "../atoms/store.ts";
import { StateLostError, VersionConflictError } from "../error.ts";

const REGISTER = "groundplan-service-mark";

/**
 * What tells one state of a run from another that began empty: it is written with the first opening through a service
 * and goes when the state does. Empty from a store that has no registers.
 */
export async function markOf({ registers, store, requestId }: Namespace): Promise<string> {
  if (!store.features.has("registers")) return "";
  const there = await registers.read(REGISTER);
  if (there !== undefined) return there.json;
  const json = JSON.stringify(randomUUID());
  try {
    await registers.write(REGISTER, json, { ifVersion: 0, requestId: requestId() });
    return json;
  } catch (error) {
    if (error instanceof VersionConflictError && error.json !== undefined) return error.json;
    throw error;
  }
}

/** Throws if it is not the state that the client knows. */
export function checkMark(namespace: Namespace, expected: string | undefined, found: string): void {
  if (expected === undefined || expected === found) return;
  throw new StateLostError(namespace.store.name, expected, found);
}
