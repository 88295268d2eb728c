import { z } from "zod";
import { DefinitionError } from "./definition-error.ts";

/**
 * The values given and the schema's defaults for the rest. A value given is what the schema puts
 * out, so it is not parsed again: a transform would be applied twice.
 *
 * @throws DefinitionError `"bad-params"` that names every parameter with neither.
 */
export function paramValues(
  schema: z.ZodObject | undefined,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, field] of Object.entries(schema?.shape ?? {})) {
    if (given[name] !== undefined) {
      values[name] = given[name];
      continue;
    }
    const { success, data } = z.safeParse(field, undefined);
    if (success) values[name] = data;
    else missing.push(`'${name}'`);
  }
  if (missing.length === 0) return Object.freeze(values);
  throw new DefinitionError(
    "bad-params",
    `no value for parameter ${missing.join(", ")}: give one, or a default in the schema`,
  );
}
