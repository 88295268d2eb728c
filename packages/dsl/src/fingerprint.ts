import { createHash } from "node:crypto";
import { bothArms } from "./both-arms.ts";
import { canonicalJson } from "./canonical-json.ts";
import { withoutCircumstances } from "./circumstances.ts";
import type { RoleData } from "./roles.ts";
import type { Stage } from "./stage.ts";

/** What instances must have in common to perform a choreography together. */
export interface Coordination {
  readonly roles: Readonly<Record<string, RoleData>>;
  readonly stages: readonly Stage[];
}

/**
 * 12 hexadecimal digits, equal where the roles, in their order, and the stages are. Timeouts,
 * retries, the shapes of links and source positions are left out: instances that differ in them still meet.
 */
export function fingerprintOf({ roles, stages }: Coordination): string {
  const text = canonicalJson([Object.entries(roles), stages.map(coordinating)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function coordinating(stage: Stage): object {
  const fields = withoutCircumstances(stage);
  if (stage.kind === "branch") {
    return { ...fields, ...bothArms(stage.then.map(coordinating), stage.else.map(coordinating)) };
  }
  return "stages" in stage ? { ...fields, stages: stage.stages.map(coordinating) } : fields;
}
