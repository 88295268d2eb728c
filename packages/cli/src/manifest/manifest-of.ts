import type { Plan } from "@groundplan/dsl";
import { type ManifestData, manifest, manifestData } from "@groundplan/dsl/tools";
import { messageOf, usage } from "../command-error.ts";
import { loadPlan } from "../run/load-plan.ts";

/** The manifest of the plan that a file exports. */
export function manifestText(path: string): Promise<string> {
  return ofPlan(path, manifest);
}

/** The same as data. */
export function manifestOf(path: string): Promise<ManifestData> {
  return ofPlan(path, manifestData);
}

async function ofPlan<T>(path: string, ask: (plan: Plan) => T): Promise<T> {
  const { plan, bundle } = await loadPlan(path, undefined);
  try {
    return ask(plan);
  } catch (error) {
    throw usage(`plan '${plan.name}' has no manifest: ${messageOf(error)}`, error);
  } finally {
    await bundle.remove();
  }
}
