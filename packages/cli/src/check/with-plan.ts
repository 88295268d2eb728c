import { relative, sep } from "node:path";
import type { Plan } from "@groundplan/dsl";
import { existing, loadPlan } from "../run/load-plan.ts";

/** Loads a plan to look at it; `file` is its path as positions name it. */
export async function withPlan<T>(path: string, look: (plan: Plan, file: string) => T): Promise<T> {
  // Stages say where they are declared, which is not where the bundle has them.
  process.setSourceMapsEnabled(true);
  const { plan, bundle } = await loadPlan(path, undefined);
  try {
    return look(plan, shortPath(existing(path)));
  } finally {
    await bundle.remove();
  }
}

function shortPath(file: string): string {
  const short = relative(process.cwd(), file);
  return (short.startsWith("..") ? file : short).split(sep).join("/");
}
