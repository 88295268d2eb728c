import { statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { usage } from "../command-error.ts";

const ENDINGS = ["", ".ts", ".mts", ".js", ".mjs", "/index.ts", "/plan.ts", "/index.js"];

/** Where a composition's plan may be: as its path, or by its name in `plans/`, from the file's directory and from here. */
export function placesOf(plan: string, composition: string): readonly string[] {
  const bases = [...new Set([dirname(resolve(composition)), process.cwd()])];
  return [...new Set(bases.flatMap((base) => [resolve(base, plan), resolve(base, "plans", plan)]))];
}

/** The file of a composition's plan. */
export function findPlan(plan: string, composition: string): string {
  const places = placesOf(plan, composition);
  const candidates = places.flatMap((place) => ENDINGS.map((ending) => `${place}${ending}`));
  const found = candidates.find(isFile);
  if (found !== undefined) return found;
  const looked = places.map((place) => relative("", place) || place).join(", ");
  throw usage(
    `${composition}: there is no plan '${plan}' (looked for ${looked}, with .ts, .js and others); give its file after -c ${composition}, or every group an artifact`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
