import { DefinitionError } from "./definition-error.ts";
import { checkRoleName } from "./names.ts";
import type { RoleData, Roles } from "./roles.ts";

type Params = Readonly<Record<string, unknown>>;

/** Refuses what no parameter can make right: no roles, ill-formed names, more than one `rest()`. */
export function checkRoles(roles: Roles): void {
  if (Object.keys(roles).length === 0) {
    throw new DefinitionError("bad-role", "a choreography needs a role: declare one, or more");
  }
  for (const [name, role] of Object.entries(roles)) {
    checkRoleName(name);
    if (role?.spec !== undefined) continue;
    throw new DefinitionError(
      "bad-role",
      `role '${name}' is not a role: make it with one(), count(), group() or rest()`,
    );
  }
  const open = Object.keys(roles).filter((name) => roles[name]?.spec.kind === "rest");
  if (open.length > 1) {
    throw new DefinitionError(
      "bad-role",
      `roles ${open.map((name) => `'${name}'`).join(", ")} are all rest(): only one can be, ` +
        "as it takes everybody left",
    );
  }
}

/** The roles as data, in declaration order, for these parameters. */
export function roleData(roles: Roles, params: Params): Readonly<Record<string, RoleData>> {
  const entries = Object.entries(roles).map(([name, { spec }]) => {
    if (spec.kind !== "count" || typeof spec.n === "number") return [name, spec] as const;
    const n = counted(name, spec.n, params);
    return [name, Object.freeze({ ...spec, n, param: spec.n })] as const;
  });
  return Object.freeze(Object.fromEntries(entries) as Record<string, RoleData>);
}

function counted(role: string, param: string, params: Params): number {
  const n = params[param];
  if (typeof n === "number" && Number.isSafeInteger(n) && n >= 0) return n;
  const found = n === undefined ? "not a parameter of this choreography" : JSON.stringify(n);
  throw new DefinitionError(
    "bad-role",
    `role '${role}' is counted by parameter '${param}', which is ${found}: ` +
      "it must be a whole number, 0 or more",
  );
}
