import type { Stage } from "./stage.ts";

/** What an instance may have otherwise than the others, and still meet them. */
const circumstances: ReadonlySet<string> = new Set(["source", "timeoutMs", "retry", "shape"]);

/** The stage's own fields that all instances must have in common; stages inside it are left as they are. */
export function withoutCircumstances(stage: Stage): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(stage).filter(([field]) => !circumstances.has(field)));
}
