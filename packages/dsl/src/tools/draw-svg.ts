import type { Definition } from "../definition.ts";
import type { DrawingKind } from "./draw.ts";
import { flowSvg } from "./svg/flow.ts";
import { sequenceSvg } from "./svg/sequence.ts";

/**
 * The stages as an SVG picture, made without a browser: as `draw` says it, with the values that go to the store and
 * come from it, or from stage to stage. Neutral in light and dark; nothing in it is loaded from elsewhere.
 */
export function drawSvg(definition: Pick<Definition, "roles" | "stages">, as: DrawingKind): string {
  return as === "sequence" ? sequenceSvg(definition) : flowSvg(definition);
}
