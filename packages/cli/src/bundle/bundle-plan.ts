import type { Plan } from "@groundplan/dsl";
import { manifest, manifestData } from "@groundplan/dsl/tools";
import { messageOf, usage } from "../command-error.ts";
import { existing } from "../run/load-plan.ts";
import { type AloneOptions, compileAlone, PROGRAM } from "./compile-alone.ts";
import { dockerfile, npmFiles, testgroundignore } from "./container-files.ts";
import { fileNotes } from "./file-notes.ts";
import { checkTarget, type Target, writeTarget } from "./target-directory.ts";
import { loadAlone } from "./trial.ts";

/** A bundle that was written. */
export interface BundledPlan {
  readonly name: string;
  /** Names in the directory, with their sizes in bytes; the program comes first. */
  readonly files: Readonly<Record<string, number>>;
  /** What may not work, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Makes a directory that Testground runs a plan from, and that needs nothing but Node. Writes all of it or nothing.
 * Rejects with a `CommandError` if the plan cannot be bundled, or the directory is not ours to write to.
 */
export async function bundleAlone(
  path: string,
  target: Target,
  options: AloneOptions,
): Promise<BundledPlan> {
  const planFile = existing(path);
  const alone = await compileAlone(planFile, options);
  const plan = await loadAlone(planFile, alone);
  const { code, map } = alone;
  const files = { [PROGRAM]: code, [`${PROGRAM}.map`]: map, ...companions(plan) };
  await checkTarget(target, Object.keys(files));
  await writeTarget(target, files, PROGRAM);
  const sizes = Object.entries(files).map(
    ([name, text]) => [name, Buffer.byteLength(text)] as const,
  );
  return { name: plan.name, files: Object.fromEntries(sizes), notes: await fileNotes(alone) };
}

function companions(plan: Plan): Readonly<Record<string, string>> {
  try {
    return {
      "manifest.toml": manifest(plan),
      Dockerfile: dockerfile,
      ".testgroundignore": testgroundignore,
      ...npmFiles(manifestData(plan).name),
    };
  } catch (error) {
    throw usage(`plan '${plan.name}' has no manifest: ${messageOf(error)}`, error);
  }
}
