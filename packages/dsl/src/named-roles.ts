import { DefinitionError } from "./definition-error.ts";
import type { Frame } from "./frame.ts";

/**
 * The roles named, each once, in declaration order; all that take part unless some are named.
 *
 * @param title begins the complaint, such as `"stage 'dial'"`.
 * @param outside the roles of outside instances that may be named too; they come last.
 */
export function namedRoles(
  { census, recording, title: scope }: Frame,
  where: string | readonly string[] | undefined,
  title: string,
  outside: readonly string[] = [],
): readonly string[] {
  if (where === undefined) return census;
  const named = new Set(typeof where === "string" ? [where] : where);
  const known = [...census, ...outside];
  for (const name of named) {
    if (known.includes(name)) continue;
    throw new DefinitionError(
      "unknown-role",
      recording.roles.includes(name)
        ? `${title}: role '${name}' takes no part in ${scope}; those that do: ${listed(census)}`
        : recording.outside.includes(name)
          ? `${title}: the instances of role '${name}' are outside this choreography and cannot do this`
          : `${title}: there is no role '${name}'; the roles are ${listed(known)}`,
    );
  }
  if (named.size === 0) {
    throw new DefinitionError("unknown-role", `${title}: it names no role; name one, or more`);
  }
  return known.filter((name) => named.has(name));
}

/** `'seed', 'peer'`. */
export function listed(roles: readonly string[]): string {
  return roles.map((role) => `'${role}'`).join(", ") || "nobody";
}
