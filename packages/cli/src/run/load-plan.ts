import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plan } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";
import { type Bundle, bundlePlan } from "./bundle.ts";
import type { Interruption } from "./interruption.ts";

/** A plan and the file it comes from. */
export interface Program {
  readonly plan: Plan;
  readonly file: string;
}

/** Bundles the plan's file for the instances, and loads the plan from the bundle unless it is loaded already. */
export async function loadPlan(
  path: string,
  loaded: Program | undefined,
): Promise<{ readonly plan: Plan; readonly bundle: Bundle }> {
  const file = loaded?.file ?? existing(path);
  const bundle = await bundlePlan(file);
  try {
    return { bundle, plan: loaded?.plan ?? (await planOf(bundle.file, path)) };
  } catch (error) {
    await bundle.remove();
    throw error;
  }
}

/** The same for a command that can be interrupted, and then says that and nothing else. */
export async function loadUninterrupted(
  path: string,
  loaded: Program | undefined,
  interruption: Interruption,
): ReturnType<typeof loadPlan> {
  try {
    return await loadPlan(path, loaded);
  } catch (error) {
    // The bundler, too, has heard of it, and failed.
    interruption.check();
    throw error;
  }
}

/** The absolute path of a plan's file, if there is one. */
export function existing(path: string): string {
  const file = resolve(path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return file;
  throw usage(
    found === undefined
      ? `there is no plan file '${path}' (looked for ${file}); give the path of a file that exports a plan`
      : `'${path}' is a directory; give the path of a file that exports a plan`,
  );
}

/** The default export of a bundled plan, if it is one; `path` is how the user calls it. */
export async function planOf(bundle: string, path: string): Promise<Plan> {
  const module = await importBundle(bundle, path);
  const found: unknown = module.plan;
  if (isPlan(found)) return found;
  const what = found === undefined ? "has no default export" : "has a default export that is none";
  throw usage(`'${path}' exports no plan: it ${what}; write export default plan("name", { … })`);
}

async function importBundle(bundle: string, path: string): Promise<{ readonly plan?: unknown }> {
  try {
    return await import(pathToFileURL(bundle).href);
  } catch (cause) {
    throw usage(`the plan '${path}' cannot be loaded: ${messageOf(cause)}`, cause);
  }
}

/** By its shape: the bundle has a copy of the package of its own. */
function isPlan(value: unknown): value is Plan {
  return typeof value === "object" && value !== null && "type" in value && value.type === "plan";
}
