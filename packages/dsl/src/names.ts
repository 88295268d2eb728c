import { DefinitionError } from "./definition-error.ts";

// Stage names become parts of store keys and of the texts of journals, and '#', '@' and ':' mean
// something there; a list of what is allowed is easier to keep in mind than one of what is not.
const stageName = /^[\p{L}\p{N}][\p{L}\p{N}_.-]*(?:\/[\p{L}\p{N}][\p{L}\p{N}_.-]*)*$/u;
// A digit first would let JavaScript reorder the roles, and ids follow their order.
const roleName = /^\p{L}[\p{L}\p{N}_-]*$/u;
/** Names that a roster has already. */
const rosterNames: ReadonlySet<string> = new Set(["of", "has", "size", "entries"]);

/** @throws DefinitionError `"bad-name"` unless the name can be part of a stage's path. */
export function checkStageName(name: string, where: string): void {
  if (typeof name === "string" && stageName.test(name)) return;
  throw new DefinitionError(
    "bad-name",
    `a stage${where} is named ${shown(name)}: a name is letters, digits, '-', '_' and '.', ` +
      "in parts separated by '/' that begin with a letter or a digit",
  );
}

/** @throws DefinitionError `"bad-name"` unless the name can be a role's. */
export function checkRoleName(name: string): void {
  if (rosterNames.has(name)) {
    throw new DefinitionError(
      "bad-name",
      `role '${name}' has the name of a roster's own member; call it something else`,
    );
  }
  if (roleName.test(name)) return;
  throw new DefinitionError(
    "bad-name",
    `a role is named ${shown(name)}: a name is letters, digits, '-' and '_', and begins with a letter`,
  );
}

/**
 * Checks a plan's or a test case's name. Testground carries both in environment variables and in
 * packed lists, where control characters, '|' and '=' do not survive.
 */
export function checkPlanName(name: string, what: "plan" | "test case"): void {
  if (typeof name === "string" && name.trim() !== "" && !/[\p{Cc}|=]/u.test(name)) return;
  throw new DefinitionError(
    "bad-name",
    `a ${what} is named ${shown(name)}: a name is not empty and has no '|', '=' or control characters`,
  );
}

/** The name as Testground passes it on. */
export function cleanName(name: string): string {
  return name.replaceAll("/", "-");
}

function shown(name: unknown): string {
  return typeof name === "string" ? JSON.stringify(name) : `a ${typeof name}`;
}
