import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/groundplan/go");

const built = new Map<string, Promise<string | undefined>>();

/** Which program of a module to build, and how. */
export interface GoOptions {
  /** Its package, as `go build` takes it: that of the directory unless given. */
  readonly program?: string;
  /** The file that names the versions of the dependencies; `go.mod` unless given. */
  readonly modfile?: string;
}

/**
 * Builds a program of the Go module in a directory; resolves with the path of the executable, or with `undefined` where
 * there is no Go, which it says on stderr. Built once for the same sources, whichever process asks.
 */
export function buildGo(directory: string, options: GoOptions = {}): Promise<string | undefined> {
  const source = resolve(directory);
  const { program = ".", modfile = "go.mod" } = options;
  const key = JSON.stringify([source, program, modfile]);
  const there = built.get(key) ?? build(source, program, modfile);
  built.set(key, there);
  return there;
}

async function build(
  source: string,
  program: string,
  modfile: string,
): Promise<string | undefined> {
  if (spawnSync("go", ["version"]).status !== 0) return withoutGo(source);
  const names = [basename(source), basename(program), basename(modfile, ".mod")];
  const named = names.filter((name) => name !== "." && name !== "go").join("-");
  const name = `${named}-${await fingerprint(source)}`;
  const executable = join(CACHE, name);
  if (existsSync(executable)) return executable;
  await mkdir(CACHE, { recursive: true });
  // Under a name of its own until it is whole: other processes may build or start it at the same time.
  const partial = join(CACHE, `.${name}.${process.pid}`);
  try {
    await run(["build", "-trimpath", `-modfile=${modfile}`, "-o", partial, program], source);
    await rename(partial, executable);
  } finally {
    await rm(partial, { force: true });
  }
  return executable;
}

/** One line says it for all programs of a test file. */
let isSaid = false;

function withoutGo(source: string): undefined {
  const problem = `go is not on PATH, so ${basename(source)} cannot be built`;
  if (!isSaid) process.stderr.write(`\n*** TESTS WITH GO SKIPPED: ${problem} ***\n\n`);
  isSaid = true;
}

async function fingerprint(source: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of (await readdir(source, { recursive: true })).sort()) {
    if (!/\.(go|mod|sum)$/.test(file)) continue;
    hash.update(`${file}\n`).update(await readFile(join(source, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

async function run(args: readonly string[], source: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: "0" };
  const go = spawn("go", args, { cwd: source, env, stdio: ["ignore", "ignore", "pipe"] });
  let problems = "";
  go.stderr.setEncoding("utf8").on("data", (text: string) => {
    problems += text;
  });
  const [code] = await once(go, "close");
  if (code !== 0) throw new Error(`go ${args[0]} of ${source} ended with ${code}:\n${problems}`);
}
