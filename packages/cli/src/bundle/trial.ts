import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plan } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";
import { planOf } from "../run/load-plan.ts";
import type { Alone } from "./compile-alone.ts";

/**
 * The plan, loaded from its bundle in a directory of its own: what works there works anywhere.
 * Rejects with a `CommandError` that says which source failed, and how it came to be in the bundle.
 */
export async function loadAlone(planFile: string, { code, map, graph }: Alone): Promise<Plan> {
  const directory = await mkdtemp(join(tmpdir(), "groundplan-"));
  const file = join(directory, "plan.mjs");
  try {
    await writeFile(file, code);
    return await planOf(file, planFile);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const source = sourceOf(cause, file, map, planFile);
    if (source === undefined) throw error;
    throw usage(
      `the plan '${planFile}' cannot be bundled: loaded without the directory it lies in, it fails with: ${messageOf(cause)}\n  at line ${source.line} of ${graph.chain(source.file)}`,
      cause,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The topmost place of the error's stack that is in the bundle. */
function sourceOf(
  error: unknown,
  bundle: string,
  map: string,
  planFile: string,
): { readonly file: string; readonly line: number } | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const places = stack
    .split(/[()\s]+/)
    .filter((text) => text.startsWith(pathToFileURL(bundle).href));
  const [, line, column] = /:(\d+):(\d+)$/.exec(places[0] ?? "") ?? [];
  if (line === undefined || column === undefined) return undefined;
  const payload: SourceMapPayload = JSON.parse(map);
  const entry = new SourceMap(payload).findEntry(Number(line) - 1, Number(column) - 1);
  if (!("originalSource" in entry)) return undefined;
  const file = resolve(dirname(planFile), entry.originalSource);
  return { file, line: entry.originalLine + 1 };
}
