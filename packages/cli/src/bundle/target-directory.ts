import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, usage } from "../command-error.ts";

/** Names a bundle's files, with what was written: so that only what is ours, and untouched, is ever replaced. */
const RECORD = ".groundplan-bundle.json";

type Texts = Readonly<Record<string, string>>;

/** Where a bundle goes. */
export interface Target {
  readonly directory: string;
  /** Whether files that are not ours, or that were edited, are replaced as well. */
  readonly force: boolean;
}

/**
 * Refuses a directory with files in it that no bundle put there, or that were edited since, unless told otherwise.
 * Rejects with a `CommandError` that names those that would be replaced.
 */
export async function checkTarget(
  { directory, force }: Target,
  names: readonly string[],
): Promise<void> {
  const present = await list(directory);
  if (force || present.length === 0) return;
  const record = await readRecord(directory);
  const touched = await touchedFiles(
    directory,
    names.filter((name) => present.includes(name)),
    record,
  );
  if (record !== undefined && touched.length === 0) return;
  const losses =
    touched.length === 0
      ? "it would replace none of them"
      : `it would replace ${touched.join(", ")}`;
  const what =
    record === undefined
      ? "is not empty, and is no bundle"
      : "has files that are not as they were bundled";
  throw usage(`'${directory}' ${what}: ${losses}; choose another directory, or add --force`);
}

/** Writes the files, each at once or not at all, and leaves whatever else is there. */
export async function writeTarget(
  { directory }: Target,
  files: Texts,
  program: string,
): Promise<void> {
  const record = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, digest(text)]),
  );
  const all = { ...files, [RECORD]: `${JSON.stringify({ files: record }, undefined, 2)}\n` };
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of Object.entries(all)) {
      const path = join(directory, name);
      await writeFile(`${path}.new`, text);
      await chmod(`${path}.new`, name === program ? 0o755 : 0o644);
      await rename(`${path}.new`, path);
    }
  } catch (cause) {
    throw usage(`the bundle cannot be written to '${directory}': ${messageOf(cause)}`, cause);
  }
}

async function list(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw usage(`'${directory}' cannot be bundled into: ${messageOf(cause)}`, cause);
  }
}

async function touchedFiles(
  directory: string,
  names: readonly string[],
  record: Texts = {},
): Promise<readonly string[]> {
  const touched: string[] = [];
  for (const name of names) {
    const text = await readFile(join(directory, name), "utf8").catch(() => undefined);
    if (text === undefined || digest(text) !== record[name]) touched.push(name);
  }
  return touched;
}

async function readRecord(directory: string): Promise<Texts | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(join(directory, RECORD), "utf8"));
    const { files } = Object(found) as { readonly files?: unknown };
    return files === undefined ? undefined : (Object(files) as Texts);
  } catch {
    return undefined;
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
