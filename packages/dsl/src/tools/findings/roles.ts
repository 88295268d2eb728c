import { minimumInstances } from "../../cast.ts";
import type { Circumstances } from "../circumstances.ts";
import type { Finding } from "../diagnostic.ts";
import type { Subject } from "./subject.ts";

/** GP103: roles that may be empty, and are. */
export function emptyRoles({ situation, rows, roles }: Subject): readonly Finding[] {
  if (situation === undefined || !situation.isGiven) return [];
  return roles.flatMap((role) => {
    if (situation.ranges[role]?.size !== 0) return [];
    const stages = rows.filter(({ stage }) => stage.at.length === 1 && stage.at[0] === role);
    const passed = stages.map(({ stage }) => `'${stage.id}'`).join(", ");
    const text =
      `role '${role}' has nobody with ${situation.instances} instances` +
      `${passed === "" ? "" : `, so that nobody runs ${passed}`}; start more, or accept it`;
    return [{ code: "GP103", level: "warning", text }];
  });
}

/** GP105: fewer instances than the roles need, or a number that the case does not take. */
export function wrongNumber(
  { definition, options }: Pick<Subject, "definition" | "options">,
  circumstances: Circumstances,
): readonly Finding[] {
  const instances = numberGiven(circumstances);
  if (instances === undefined) return [];
  const { min = 1, max = Number.POSITIVE_INFINITY } = options.instances ?? {};
  const least = Math.max(min, minimumInstances(definition.roles));
  if (instances < least) {
    const names = Object.keys(definition.roles).join(", ");
    const why = least > min ? ` for its roles (${names})` : "";
    return [tooFew(`the case needs at least ${least} instances${why}, and there are ${instances}`)];
  }
  return instances > max
    ? [tooFew(`the case takes at most ${max} instances, and there are ${instances}`)]
    : [];
}

/** GP105 of a raw case, which has nothing but its own options to go by. */
export function wrongNumberOfRaw(
  options: Subject["options"],
  circumstances: Circumstances,
): readonly Finding[] {
  const instances = numberGiven(circumstances);
  const { min = 1, max = Number.POSITIVE_INFINITY } = options.instances ?? {};
  if (instances === undefined || (instances >= min && instances <= max)) return [];
  const range = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
  return [tooFew(`the case takes ${range} instances, and there are ${instances}`)];
}

function tooFew(text: string): Finding {
  return { code: "GP105", level: "error", text: `${text}; run it with a number that it takes` };
}

function numberGiven({ groups, instances }: Circumstances): number | undefined {
  if (groups === undefined) return instances;
  return Object.values(groups).reduce((sum, n) => sum + n, 0);
}
