import { canonicalJson } from "./canonical-json.ts";
import type { Coordination } from "./fingerprint.ts";
import type { Stage } from "./stage.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The roles and stages as compact text, a line each, for another instance to compare with its own by
 * {@link firstDifference}. Differs wherever the fingerprints do.
 */
export function shapeOf({ roles, stages }: Coordination): string {
  const all = Object.keys(roles).join(",");
  return [
    ...Object.entries(roles).map(([name, { kind, ...more }]) =>
      line([`@${name}`, kind, "*"], more),
    ),
    ...stages.flatMap((stage) => stageLines(stage, all)),
  ].join("\n");
}

function stageLines(stage: Stage, all: string): readonly string[] {
  const { id, kind, at, source: _source, timeoutMs: _timeoutMs, ...more } = stage;
  const head = [id, kind, who(at, all)];
  if (!("stages" in more)) return [line(head, brief(more, all))];
  const { stages, ...fields } = more;
  // Indented, as an id alone does not say whether a stage is inside the rounds or after them.
  const inner = stages.flatMap((each) => stageLines(each, all)).map((text) => ` ${text}`);
  return [line(head, fields), ...inner];
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
