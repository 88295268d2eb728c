import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/groundplan/go");

const built = new Map<string, Promise<string | undefined>>();

/**
 * Builds the Go program in a directory; resolves with the path of the executable, or with `undefined` where there is no
 * Go, which it says on stderr. In CI there has to be one. Built once for the same sources, whichever process asks.
 */
export function buildGo(directory: string): Promise<string | undefined> {
  const source = resolve(directory);
  const there = built.get(source) ?? build(source);
  built.set(source, there);
  return there;
}

async function build(source: string): Promise<string | undefined> {
  if (spawnSync("go", ["version"]).status !== 0) return withoutGo(source);
  const name = `${basename(source)}-${await fingerprint(source)}`;
  const executable = join(CACHE, name);
  if (existsSync(executable)) return executable;
  await mkdir(CACHE, { recursive: true });
  // Under a name of its own until it is whole: other processes may build or start it at the same time.
  const partial = join(CACHE, `.${name}.${process.pid}`);
  try {
    await run(["build", "-trimpath", "-o", partial, "."], source);
    await rename(partial, executable);
  } finally {
    await rm(partial, { force: true });
  }
  return executable;
}

function withoutGo(source: string): undefined {
  const problem = `go is not on PATH, so ${basename(source)} cannot be built`;
  if (process.env["CI"] === "true") throw new Error(`${problem}; in CI the tests with it must run`);
  process.stderr.write(`\n*** TESTS WITH GO SKIPPED: ${problem} ***\n\n`);
}

async function fingerprint(source: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of (await readdir(source, { recursive: true })).sort()) {
    if (!/\.go$|(^|\/)go\.(mod|sum)$/.test(file)) continue;
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
