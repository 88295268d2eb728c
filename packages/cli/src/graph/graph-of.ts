import { type DrawingKind, draw, drawSvg } from "@groundplan/dsl/tools";
import { situations } from "../check/situation.ts";
import type { CaseArguments } from "../check/situation-options.ts";
import { withPlan } from "../check/with-plan.ts";
import { define, onlyChoreography } from "../list/chosen-case.ts";
import { noInstances } from "../list/list-of.ts";

export interface Drawing extends CaseArguments {
  readonly param: readonly string[];
  readonly as: DrawingKind;
  readonly format: "mermaid" | "svg";
}

/** A picture of a plan's stages, as text. */
export function graphOf(drawing: Drawing): Promise<string> {
  return withPlan(drawing.plan, (plan) => {
    const chosen = onlyChoreography(plan, drawing.case);
    const { params } = situations(plan, noInstances(drawing))(chosen.choreography);
    const definition = define(chosen, params);
    if (drawing.format === "svg") return drawSvg(definition, drawing.as);
    return `${draw(definition, drawing.as)}\n`;
  });
}
