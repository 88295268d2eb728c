import { readFile } from "node:fs/promises";
import type { Alone } from "./compile-alone.ts";
import { packageOf } from "./package-of.ts";

/** Where a package reads what lies beside it; many a one names its place and does without. */
const PACKAGE_FILES =
  /\b(?:join|resolve)\(\s*__dirname|__dirname\s*\+|,\s*import\.meta\.url\s*\)|\bimport\.meta\.(?:dirname|filename)\b/;

/** Packages that read files beside their code, though not as soon as they are loaded. */
export async function fileNotes({ inputs, graph }: Alone): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const path of inputs) {
    const name = packageOf(path);
    if (name === undefined || !/\.[mc]?js$/.test(path)) continue;
    if (!PACKAGE_FILES.test(await readFile(path, "utf8"))) continue;
    const chain = graph.chain(path);
    notes.push(
      `package '${name}' reads files beside its code, and they are not in the bundle (${chain})`,
    );
  }
  return notes;
}
