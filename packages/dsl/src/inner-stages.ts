import type { Stage } from "./stage.ts";

/** The stages inside this one, in order: none, but for rounds, repeats and both arms of a branch. */
export function innerStages(stage: Stage): readonly Stage[] {
  if (stage.kind === "branch") return [...stage.then, ...stage.else];
  return "stages" in stage ? stage.stages : [];
}
