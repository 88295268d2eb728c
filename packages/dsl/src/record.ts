import { insideRoles } from "./allotment.ts";
import { refuseAsync } from "./async-definition.ts";
import type { ChoreographySettings } from "./choreography-settings.ts";
import type { Definition } from "./definition.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { Frame, type Recording } from "./frame.ts";
import { paramValues } from "./param-values.ts";
import { askedParams, roleData } from "./role-data.ts";
import type { Scope } from "./scope.ts";
import { scopeOf } from "./scope-recorder.ts";

/** Runs the definition function once and returns what it declared. */
export function record<RM, C extends string, P>(
  settings: ChoreographySettings,
  given: Readonly<Record<string, unknown>>,
  define: (c: Scope<RM, C, P>) => unknown,
  sources: boolean,
): Definition<C> {
  const params = paramValues(settings.params, given);
  const roles = roleData(settings.roles, params);
  const asked = askedParams(settings.roles, params);
  const recording: Recording = {
    roles: Object.freeze(Object.keys(insideRoles(roles))),
    outside: Object.freeze(Object.keys(roles).filter((role) => roles[role]?.kind === "outside")),
    bodies: new Map(),
    schemas: new Map(),
    edges: new Map(),
    declared: new Map(),
    wires: new Map(),
    sources,
    innermost: undefined,
  };
  const frame = new Frame(recording, {
    title: "the choreography",
    prefix: "",
    census: recording.roles,
  });
  try {
    // The schema's output is P, which only the caller's types know.
    refuseAsync(define(scopeOf(frame, params as P)), "choreography");
  } finally {
    frame.close();
  }
  const stages = Object.freeze(frame.stages);
  const { bodies, schemas, edges } = recording;
  const { timeoutMs, joinMs } = settings;
  const fingerprint = fingerprintOf({ roles, stages });
  const functions = { bodies, schemas, edges };
  return Object.freeze({ roles, stages, asked, fingerprint, timeoutMs, joinMs, ...functions });
}
