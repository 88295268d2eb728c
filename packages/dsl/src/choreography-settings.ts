import type { CaseSettings } from "./case-options.ts";
import type { Roles } from "./roles.ts";

/** The options of a choreography with their units and defaults resolved. */
export interface ChoreographySettings extends CaseSettings {
  readonly roles: Roles;
  readonly joinMs: number;
}
