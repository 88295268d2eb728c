import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { usage } from "../command-error.ts";

/** The directory of a run below that of all outputs, whatever its plan. */
export function findRun(run: string, out: string): string {
  const found = directoriesIn(out)
    .filter((plan) => directoriesIn(join(out, plan)).includes(run))
    .map((plan) => resolve(out, plan, run));
  const [only, other] = found;
  if (only === undefined) {
    throw usage(`there is no run '${run}' in '${out}'; say with --out where its outputs are`);
  }
  if (other === undefined) return only;
  throw usage(`run '${run}' is there ${found.length} times: ${found.join(", ")}`);
}

function directoriesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
