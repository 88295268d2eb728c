import { insideRoles } from "./allotment.ts";
import { canonicalJson } from "./canonical-json.ts";
import { withoutCircumstances } from "./circumstances.ts";
import type { Coordination } from "./fingerprint.ts";
import { innerStages } from "./inner-stages.ts";
import type { Stage } from "./stage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a stage that its line begins with, or that are lines of their own. */
const told: ReadonlySet<string> = new Set(["id", "kind", "at", "stages", "then", "else"]);

/**
 * The roles and stages as compact text, a line each, for another instance to compare with its own by
 * {@link firstDifference}. Differs wherever the fingerprints do.
 */
export function shapeOf({ roles, stages }: Coordination): string {
  const all = Object.keys(insideRoles(roles)).join(",");
  return [
    ...Object.entries(roles).map(([name, { kind, ...more }]) =>
      line([`@${name}`, kind, "*"], more),
    ),
    ...stages.flatMap((stage) => stageLines(stage, all)),
  ].join("\n");
}

function stageLines(stage: Stage, all: string): readonly string[] {
  const { id, kind, at } = stage;
  const fields = Object.entries(withoutCircumstances(stage)).filter(([name]) => !told.has(name));
  const head = line([id, kind, who(at, all)], brief(Object.fromEntries(fields), all));
  // Indented, as an id alone does not say whether a stage is inside another or after it.
  const inner = innerStages(stage).flatMap((each) => stageLines(each, all));
  return [head, ...inner.map((text) => ` ${text}`)];
}

function line(head: readonly string[], fields: Fields): string {
  const json = canonicalJson(fields);
  return [...head, ...(json === "{}" ? [] : [json])].join(" ");
}

/** Lists of roles in one word. */
function brief(fields: Fields, all: string): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? who(value, all) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}

function who(roles: readonly string[], all: string): string {
  const names = roles.join(",");
  return names === all ? "*" : names;
}
