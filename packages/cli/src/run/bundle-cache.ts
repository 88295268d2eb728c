import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Metafile } from "esbuild";

/** What a plan was bundled into, and from what; kept beside the packages that it uses. */
interface Kept {
  readonly name: string;
  /** Every file that went into it, or could have, and what state it was in. */
  readonly inputs: readonly (readonly [file: string, state: string])[];
}

interface Place {
  readonly directory: string;
  readonly index: string;
  /** What the names of a plan's files begin with. */
  readonly key: string;
}

/** A plan's file, and what performs it. */
export interface Bundled {
  readonly planFile: string;
  readonly host: string;
}

/** Names of a plan's bundle and its map, wherever they are. */
const BUNDLE = "plan.mjs";
const MAP = `${BUNDLE}.map`;
/** Of every directory above the plan: what decides which packages it gets, and how it is compiled. */
const DECISIVE = [
  ...["package.json", "tsconfig.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"],
  ...[
    "node_modules/.modules.yaml",
    "node_modules/.package-lock.json",
    "node_modules/.yarn-state.yml",
  ],
];

/** Puts the bundle that was kept of a plan into the directory, if it is what bundling it now would give. */
export async function reuseBundle(bundled: Bundled, directory: string): Promise<boolean> {
  const place = placeFor(bundled);
  const kept = place === undefined ? undefined : read(place.index);
  if (place === undefined || kept === undefined) return false;
  if (!kept.inputs.every(([file, state]) => stateOf(file) === state)) return false;
  try {
    await copyFile(join(place.directory, kept.name), join(directory, BUNDLE));
    await copyFile(join(place.directory, `${kept.name}.map`), join(directory, MAP));
    return true;
  } catch {
    // Another process has replaced it.
    return false;
  }
}

/**
 * Keeps the bundle in the directory for the next time. Not one whose sources were changed since `startedAt`, and
 * nothing where it cannot be written: it saves time, no more.
 */
export async function keepBundle(
  bundled: Bundled,
  directory: string,
  { metafile, startedAt }: { readonly metafile: Metafile | undefined; readonly startedAt: number },
): Promise<void> {
  const place = placeFor(bundled);
  if (place === undefined || metafile === undefined) return;
  const sources = Object.keys(metafile.inputs).map((file) => resolve(file));
  const files = [...sources.filter(isThere), ...decisiveFor(bundled.planFile)];
  if (files.some((file) => isThere(file) && statSync(file).ctimeMs >= startedAt)) return;
  const name = `${place.key}-${startedAt}-${process.pid}.mjs`;
  const kept: Kept = { name, inputs: files.map((file) => [file, stateOf(file)]) };
  try {
    await mkdir(place.directory, { recursive: true });
    await copyFile(join(directory, BUNDLE), join(place.directory, name));
    await copyFile(join(directory, MAP), join(place.directory, `${name}.map`));
    const partial = `${place.index}.${process.pid}`;
    await writeFile(partial, JSON.stringify(kept));
    await rename(partial, place.index);
    await removeOthers(place, name);
  } catch {
    // Packages may lie where nobody may write.
  }
}

/** So that the map is right wherever the bundle is copied to. */
export async function anchorMap(directory: string): Promise<void> {
  const path = join(directory, MAP);
  const map: { sources: string[] } = JSON.parse(await readFile(path, "utf8"));
  map.sources = map.sources.map((source) => resolve(directory, source));
  await writeFile(path, JSON.stringify(map));
}

function placeFor({ planFile, host }: Bundled): Place | undefined {
  const packages = above(planFile)
    .map((directory) => join(directory, "node_modules"))
    .find(isThere);
  if (packages === undefined) return undefined;
  const directory = join(packages, ".cache", "groundplan", "plans");
  const key = createHash("sha256").update(`${planFile}\n${host}`).digest("hex").slice(0, 16);
  return { directory, key, index: join(directory, `${key}.json`) };
}

function read(index: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(index, "utf8"));
  } catch {
    return undefined;
  }
}

async function removeOthers({ directory, key }: Place, name: string): Promise<void> {
  const others = readdirSync(directory).filter(
    (file) => file.startsWith(`${key}-`) && !file.startsWith(name),
  );
  await Promise.all(others.map((file) => rm(join(directory, file), { force: true })));
}

function decisiveFor(planFile: string): readonly string[] {
  return above(planFile).flatMap((directory) => DECISIVE.map((name) => join(directory, name)));
}

/** The directories a file is in, from the nearest. */
function above(file: string): readonly string[] {
  const parent = dirname(file);
  return parent === file ? [] : [parent, ...above(parent)];
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Changes with everything that is done to the file; its time of modification can be set to what it was. */
function stateOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "absent" : `${found.ctimeMs} ${found.size}`;
}
