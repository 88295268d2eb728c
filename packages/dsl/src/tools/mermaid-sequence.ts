import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";
import { mermaidId, mermaidText } from "./mermaid-text.ts";
import { frameCaption, roleCaption, stageCaption } from "./svg/captions.ts";
import type { Caption } from "./svg/picture.ts";
import { runs } from "./svg/sequence-columns.ts";

const STORE = "store";

/** The stages as a Mermaid sequence diagram. */
export function mermaidSequence({ roles, stages }: Pick<Definition, "roles" | "stages">): string {
  const entries = Object.entries(roles);
  const ids = new Map(entries.map(([name], index) => [name, mermaidId("r", index)]));
  const heads = entries.map(
    ([name, role]) => `participant ${ids.get(name)} as ${captioned(roleCaption(name, role))}`,
  );
  const lines = linesOf(stages, ids, "");
  return [
    "sequenceDiagram",
    ...[...heads, `participant ${STORE} as store`, ...lines].map((line) => `  ${line}`),
  ].join("\n");
}

type Ids = ReadonlyMap<string, string>;

function linesOf(stages: readonly Stage[], ids: Ids, outer: string): readonly string[] {
  return stages.flatMap((stage) => stageLines(stage, ids, outer));
}

function stageLines(stage: Stage, ids: Ids, outer: string): readonly string[] {
  const text = captioned(stageCaption(stage, outer));
  switch (stage.kind) {
    case "run":
    case "connect":
      return named(stage.at, ids).map((id) => `Note over ${id}: ${text}`);
    case "shape":
    case "barrier":
      return across(stage.at, ids).map((over) => `Note over ${over}: ${text}`);
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
      return [...acts(stage.from, ids, text), ...reads(stage.to, ids, text)];
    case "receive":
      return [...acts(stage.from, ids, text), ...reads(stage.at, ids, text)];
    case "signal":
      return acts(stage.at, ids, text);
    case "wait":
      return reads(stage.at, ids, text);
    case "rounds":
    case "repeat":
      return block("loop", stage, outer, linesOf(stage.stages, ids, stage.id));
    case "branch":
      return branchLines(stage, ids, outer);
  }
}

function branchLines(
  stage: Stage & { kind: "branch" },
  ids: Ids,
  outer: string,
): readonly string[] {
  const yes = linesOf(stage.then, ids, `${stage.id}/then`);
  const no = linesOf(stage.else, ids, `${stage.id}/else`);
  if (no.length === 0) return block("opt", stage, outer, yes);
  return block("alt", stage, outer, [...yes, "else", ...no]);
}

function block(
  word: string,
  stage: Stage,
  outer: string,
  lines: readonly string[],
): readonly string[] {
  const inner = lines.map((line) => (line === "else" ? line : `  ${line}`));
  return [`${word} ${captioned(frameCaption(stage, outer))}`, ...inner, "end"];
}

function acts(from: readonly string[], ids: Ids, text: string): readonly string[] {
  return named(from, ids).map((id) => `${id}->>${STORE}: ${text}`);
}

function reads(to: readonly string[], ids: Ids, text: string): readonly string[] {
  return named(to, ids).map((id) => `${STORE}-->>${id}: ${text}`);
}

function named(roles: readonly string[], ids: Ids): readonly string[] {
  return roles.flatMap((role) => ids.get(role) ?? []);
}

/** A note for each stretch of roles beside each other, so that none covers one that takes no part. */
function across(roles: readonly string[], ids: Ids): readonly string[] {
  const order = [...ids.keys()];
  const columns = roles.map((role) => order.indexOf(role)).sort((a, b) => a - b);
  return runs(columns).map(([first, last]) => {
    const [from, to] = [mermaidId("r", first), mermaidId("r", last)];
    return first === last ? from : `${from},${to}`;
  });
}

function captioned({ title, note }: Caption): string {
  return mermaidText(note === undefined ? title : `${title} – ${note}`);
}
