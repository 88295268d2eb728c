import { DefinitionError } from "./definition-error.ts";
import { checkRoleName } from "./names.ts";
import type { ParamValue, RoleData, Roles } from "./roles.ts";

type Params = Readonly<Record<string, unknown>>;

/** Refuses what no parameter can make right: no roles, ill-formed names, more than one `rest()`. */
export function checkRoles(roles: Roles): void {
  for (const [name, role] of Object.entries(roles)) {
    checkRoleName(name);
    if (role?.spec !== undefined) continue;
    throw new DefinitionError(
      "bad-role",
      `role '${name}' is not a role: make it with one(), count(), percent(), sample(), group(), where(), rest() or outside()`,
    );
  }
  if (Object.values(roles).every(({ kind }) => kind === "outside")) {
    const others = Object.keys(roles).length === 0 ? "" : " that are not outside()";
    throw new DefinitionError(
      "bad-role",
      `a choreography needs a role: declare one, or more${others}`,
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
  checkShares(roles);
}

function checkShares(roles: Roles): void {
  const shares = Object.entries(roles).flatMap(([name, { spec }]) =>
    spec.kind === "percent" ? [{ name, share: spec.share }] : [],
  );
  const sum = shares.reduce((total, { share }) => total + share, 0);
  // Shares such as 33.3 and 66.7 add up to a little more than they should.
  if (sum <= 100 + 1e-9) return;
  throw new DefinitionError(
    "bad-role",
    `roles ${shares.map(({ name, share }) => `'${name}' (${share})`).join(", ")} take more than ` +
      "100 percent together",
  );
}

/** The roles as data, in declaration order, for these parameters. */
export function roleData(roles: Roles, params: Params): Readonly<Record<string, RoleData>> {
  const entries = Object.entries(roles).map(([name, { spec }]) => {
    if (!("n" in spec)) return [name, spec] as const;
    if (typeof spec.n === "number") return [name, Object.freeze({ ...spec, n: spec.n })] as const;
    const n = counted(name, spec.n, params);
    return [name, Object.freeze({ ...spec, n, param: spec.n })] as const;
  });
  return Object.freeze(Object.fromEntries(entries) as Record<string, RoleData>);
}

/** The parameters that roles choose their instances by, with their values here. */
export function askedParams(roles: Roles, params: Params): Readonly<Record<string, ParamValue>> {
  const entries = Object.entries(roles).flatMap(([role, { spec }]) =>
    spec.kind === "where"
      ? Object.keys(spec.params).map((name) => [name, asked(role, name, params)] as const)
      : [],
  );
  return Object.freeze(Object.fromEntries(entries));
}

function asked(role: string, param: string, params: Params): ParamValue {
  const value = params[param];
  if (["string", "number", "boolean"].includes(typeof value)) return value as ParamValue;
  const found = value === undefined ? "not a parameter of this choreography" : typeof value;
  throw new DefinitionError(
    "bad-role",
    `role '${role}' is chosen by parameter '${param}', which is ${found}: ` +
      "it must be a text, a number or a boolean",
  );
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
