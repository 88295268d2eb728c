import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { RoleData } from "./roles.ts";
import type { Stage } from "./stage.ts";

/** What instances must have in common to perform a choreography together. */
export interface Coordination {
  readonly roles: Readonly<Record<string, RoleData>>;
  readonly stages: readonly Stage[];
}

/**
 * 12 hexadecimal digits, equal where the roles, in their order, and the stages are. Timeouts and
 * source positions are left out: instances that differ in them still meet.
 */
export function fingerprintOf({ roles, stages }: Coordination): string {
  const text = canonicalJson([Object.entries(roles), stages.map(withoutCircumstances)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function withoutCircumstances(stage: Stage): object {
  const { source: _source, timeoutMs: _timeoutMs, ...rest } = stage;
  return rest.kind === "rounds" ? { ...rest, stages: rest.stages.map(withoutCircumstances) } : rest;
}
