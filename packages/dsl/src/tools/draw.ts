import type { Definition } from "../definition.ts";
import { mermaidFlow } from "./mermaid-flow.ts";
import { mermaidSequence } from "./mermaid-sequence.ts";

/** `"sequence"`: a lifeline for each role; `"flow"`: the stages in order, with the values that go from one to another. */
export type DrawingKind = "sequence" | "flow";

/** The stages as a Mermaid diagram. */
export function draw(definition: Pick<Definition, "roles" | "stages">, as: DrawingKind): string {
  return as === "sequence" ? mermaidSequence(definition) : mermaidFlow(definition);
}
