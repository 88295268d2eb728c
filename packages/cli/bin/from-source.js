import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// Inside the package, so that what is left out is found in its dependencies.
const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const index = join(cache, "index.json");
const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Another process may still be loading what was compiled before. */
const KEPT_MS = 600_000;

/**
 * Loads the command from its TypeScript sources, for use in the workspace only: compiled into a few files, which takes a
 * quarter of the time of a loader that compiles file by file, and anew whenever a source has changed.
 */
export async function load(entry) {
  process.setSourceMapsEnabled(true);
  const compiled = upToDate() ?? (await compile(fileURLToPath(entry)));
  return await import(pathToFileURL(join(compiled, "index.mjs")).href);
}

/** The directory of what was compiled last, if it is what would be compiled now. */
function upToDate() {
  try {
    const { directory, versions, inputs } = JSON.parse(readFileSync(index, "utf8"));
    const isSame = versions === process.version && existsSync(join(directory, "index.mjs"));
    return isSame && inputs.every(([file, state]) => stateOf(file) === state)
      ? directory
      : undefined;
  } catch {
    // There is none, or another process is writing it.
    return undefined;
  }
}

async function compile(entry) {
  const { build } = await import("esbuild");
  const start = Date.now();
  const directory = join(cache, `${start}-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const { metafile } = await build({
    entryPoints: { index: entry },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    // What only some commands need is loaded by them alone.
    splitting: true,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "linked",
    sourcesContent: false,
    metafile: true,
    absWorkingDir: root,
    external: ["esbuild", "yargs", "zod"],
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
    },
  });
  remember(directory, [...Object.keys(metafile.inputs), ...decisive(metafile)], start);
  return directory;
}

/** What else decides which files are compiled, and how. */
function decisive({ inputs }) {
  const packages = Object.keys(inputs).flatMap((file) => /^packages\/[^/]+\//.exec(file) ?? []);
  const manifests = [...new Set(packages)].map((path) => `${path}package.json`);
  return ["pnpm-lock.yaml", "tsconfig.base.json", "packages/cli/bin/from-source.js", ...manifests];
}

function remember(directory, files, start) {
  const inputs = files.map((file) => join(root, file)).map((file) => [file, stateOf(file)]);
  // What was changed meanwhile may or may not be in it.
  if (inputs.every(([file]) => statSync(file).ctimeMs < start)) {
    writeFileSync(index, JSON.stringify({ directory, versions: process.version, inputs }));
  }
  for (const name of readdirSync(cache)) {
    const made = Number(/^(\d+)-\d+$/.exec(name)?.[1]);
    if (made < start - KEPT_MS) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function stateOf(file) {
  const { ctimeMs, size } = statSync(file);
  return `${ctimeMs} ${size}`;
}
