import { amountOf } from "./quantity.ts";
import type { RoleData } from "./roles.ts";

/** Whether the role can lose an instance without the run being aborted. */
export function toleratesLoss(role: RoleData | undefined): boolean {
  return role !== undefined && "atLeast" in role && role.atLeast !== undefined;
}

/** How many instances of a role must survive, of so many that it has at the start. */
export function survivorsNeeded(role: RoleData | undefined, size: number): number {
  if (role === undefined || !("atLeast" in role) || role.atLeast === undefined) return size;
  return amountOf(role.atLeast, size);
}
