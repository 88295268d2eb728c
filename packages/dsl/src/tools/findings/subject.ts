import { insideRoles } from "../../allotment.ts";
import type { CaseSettings } from "../../case-options.ts";
import type { Definition } from "../../definition.ts";
import type { Stage } from "../../stage.ts";
import type { Circumstances } from "../circumstances.ts";
import type { Finding } from "../diagnostic.ts";
import type { Situation } from "../situation.ts";
import type { Sources } from "../sources.ts";
import { placedStages, type StageRow } from "../stage-rows.ts";

/** A case that can be declared, with all that is asked about it. */
export interface Subject {
  readonly options: CaseSettings;
  readonly definition: Definition;
  readonly rows: readonly StageRow[];
  readonly circumstances: Circumstances;
  /** Absent where the roles do not fit. */
  readonly situation: Situation | undefined;
  readonly sources: Sources;
  /** The roles of those who run the choreography. */
  readonly roles: readonly string[];
}

export function subjectOf(
  options: CaseSettings,
  definition: Definition,
  given: Pick<Subject, "circumstances" | "situation" | "sources">,
): Subject {
  const roles = Object.keys(insideRoles(definition.roles));
  return { options, definition, rows: placedStages(definition.stages), roles, ...given };
}

/** A finding at a stage. */
export function at(
  { sources }: Pick<Subject, "sources">,
  stage: Stage,
  finding: Omit<Finding, "stage" | "source">,
): Finding {
  const source = sources.position(stage);
  const { code, level, text } = finding;
  return { code, level, stage: stage.id, ...(source === undefined ? {} : { source }), text };
}
