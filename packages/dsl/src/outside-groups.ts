import { outsideCount } from "./allotment.ts";
import { DefinitionError } from "./definition-error.ts";
import type { RoleData } from "./roles.ts";

type Sizes = Readonly<Record<string, number>>;

/**
 * The sizes of groups without the instances that do not run the choreography. A run knows these by what they do not
 * announce; before it, they are taken from where they are likely to be.
 *
 * @throws DefinitionError `"too-few-instances"`.
 */
export function withoutOutside(roles: Readonly<Record<string, RoleData>>, groups: Sizes): Sizes {
  const left = { ...groups };
  let open = 0;
  for (const [name, role] of Object.entries(roles)) {
    if (role.kind === "outside") open += role.n - take(left, name, role.n);
  }
  for (const group of likely(roles, groups)) open -= take(left, group, open);
  if (open === 0) return left;
  const all = Object.values(groups).reduce((sum, n) => sum + n, 0);
  throw new DefinitionError(
    "too-few-instances",
    `${outsideCount(roles)} instances are outside the choreography, but there are only ${all} in all`,
  );
}

function likely(roles: Readonly<Record<string, RoleData>>, groups: Sizes): readonly string[] {
  const asked = new Set(
    Object.values(roles).flatMap((role) => ("group" in role ? [role.group] : [])),
  );
  const last = Object.keys(groups).sort().reverse();
  return [
    ...last.filter((group) => !asked.has(group)),
    ...last.filter((group) => asked.has(group)),
  ];
}

function take(left: Record<string, number>, group: string, n: number): number {
  const taken = Math.min(n, left[group] ?? 0);
  if (taken > 0) left[group] = (left[group] ?? 0) - taken;
  return taken;
}
