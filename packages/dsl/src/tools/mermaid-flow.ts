import { insideRoles } from "../allotment.ts";
import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";
import { dataEdges } from "./data-edges.ts";
import { mermaidId, mermaidText } from "./mermaid-text.ts";
import { placedStages } from "./stage-rows.ts";
import { frameCaption, stageCaptionWithRoles } from "./svg/captions.ts";
import type { Caption } from "./svg/picture.ts";

/** The stages as a Mermaid flowchart: arrows in their order, dotted ones for the values between them. */
export function mermaidFlow({ roles, stages }: Pick<Definition, "roles" | "stages">): string {
  const all = Object.keys(insideRoles(roles));
  const ids = new Map(
    placedStages(stages).map(({ stage }, index) => [stage.id, mermaidId("s", index)]),
  );
  const edges = dataEdges(stages).filter(({ from, to }) => !isInside(from, to));
  const values = edges.map(
    ({ from, to, name }) => `${ids.get(from)} -. "${mermaidText(name)}" .-> ${ids.get(to)}`,
  );
  const lines = [...stageLines(stages, { ids, all }, ""), ...values];
  return ["flowchart TD", ...lines.map((line) => `  ${line}`)].join("\n");
}

interface Naming {
  readonly ids: ReadonlyMap<string, string>;
  readonly all: readonly string[];
}

/** An edge from a stage to the frame around it is one that Mermaid cannot draw. */
function isInside(id: string, frame: string): boolean {
  return id.startsWith(`${frame}/`);
}

function stageLines(stages: readonly Stage[], naming: Naming, outer: string): readonly string[] {
  const nodes = stages.flatMap((stage) => nodeLines(stage, naming, outer));
  const order = stages.slice(1).map((stage, index) => {
    const before = stages[index];
    return `${naming.ids.get(before?.id ?? "")} --> ${naming.ids.get(stage.id)}`;
  });
  return [...nodes, ...order];
}

function nodeLines(stage: Stage, naming: Naming, outer: string): readonly string[] {
  const id = naming.ids.get(stage.id) ?? "";
  switch (stage.kind) {
    case "rounds":
    case "repeat":
      return subgraph(id, frameCaption(stage, outer), stageLines(stage.stages, naming, stage.id));
    case "branch":
      return subgraph(id, frameCaption(stage, outer), [
        ...armLines(stage, "then", naming),
        ...armLines(stage, "else", naming),
      ]);
    case "barrier":
    case "shape":
      return [`${id}(["${label(stageCaptionWithRoles(stage, outer, naming.all))}"])`];
    case "run":
    case "connect":
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
    case "receive":
    case "signal":
    case "wait":
      return [`${id}["${label(stageCaptionWithRoles(stage, outer, naming.all))}"]`];
  }
}

function armLines(
  stage: Stage & { kind: "branch" },
  arm: "then" | "else",
  naming: Naming,
): readonly string[] {
  if (stage[arm].length === 0) return [];
  const id = `${naming.ids.get(stage.id)}${arm}`;
  return subgraph(id, { title: arm }, stageLines(stage[arm], naming, `${stage.id}/${arm}`));
}

function subgraph(id: string, caption: Caption, lines: readonly string[]): readonly string[] {
  // Mermaid refuses an empty one.
  const inner = lines.length === 0 ? [`${id}none[" "]`] : lines;
  return [`subgraph ${id}["${label(caption)}"]`, ...inner.map((line) => `  ${line}`), "end"];
}

function label({ title, note }: Caption): string {
  return mermaidText(title) + (note === undefined ? "" : `<br/>${mermaidText(note)}`);
}
