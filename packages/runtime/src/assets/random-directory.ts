import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";

/** Nests `depth` new directories, the first beginning with `prefix`; resolves with the path of the first. */
export async function makeRandomDirectory(
  directory: string,
  prefix: string,
  depth: number,
): Promise<string> {
  if (depth === 0) return directory;
  const first = await mkdtemp(join(directory, prefix));
  let inner = first;
  for (let level = 1; level < depth; level++) inner = await mkdtemp(join(inner, "tg"));
  return first;
}
