import type { Choreography } from "../../choreography.ts";
import type { Definition } from "../../definition.ts";
import { firstDifference } from "../../first-difference.ts";
import { shapeOf } from "../../shape.ts";
import type { Circumstances } from "../circumstances.ts";
import type { Finding } from "../diagnostic.ts";

/** GP001: groups whose own parameters change the stages, so that their instances would refuse each other. */
export function differentPlans(
  choreography: Choreography,
  definition: Definition,
  { params = {}, groupParams = {} }: Circumstances,
): readonly Finding[] {
  return Object.entries(groupParams).flatMap(([group, own]) => {
    const other = choreography.define({ ...params, ...own }, { sources: false });
    if (other.fingerprint === definition.fingerprint) return [];
    const difference = firstDifference(shapeOf(definition), shapeOf(other));
    const text = `with its own parameters group '${group}' would run a different plan: ${difference}; give parameters that decide the stages to all groups`;
    return [{ code: "GP001", level: "error", text }];
  });
}
