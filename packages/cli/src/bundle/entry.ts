import { basename, dirname } from "node:path";
import { usage } from "../command-error.ts";
import { resolveFrom } from "./compile.ts";

/** Which store an instance uses if nothing in its environment says it. */
export type BundledStore = "service" | "redis";

/** The program's first module. */
export interface Entry {
  readonly contents: string;
  readonly resolveDir: string;
  /** What it calls `bundle:dsl` and `bundle:runtime`: a source map quotes it, so it has no path of this machine. */
  readonly libraries: Libraries;
}

/** The files behind the packages that perform an instance. */
interface Libraries {
  readonly dsl: string;
  readonly runtime: string;
}

/** The exit code of `sysexits.h` for being started the wrong way. */
const NOT_AN_INSTANCE = 64;

/**
 * The program that a bundle is: with `TEST_CASE` in its environment it performs one instance and exits with its outcome;
 * started by hand, it says what it is. Imported, it does nothing but export the plan.
 */
export function bundleEntry(planFile: string, store: BundledStore): Entry {
  const resolveDir = dirname(planFile);
  const contents = `#!/usr/bin/env node
import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toCases } from "bundle:dsl";
import { invoke } from "bundle:runtime";
import * as program from ${JSON.stringify(`./${basename(planFile)}`)};
export const plan = program.default;
const [, started = ""] = process.argv;
if (existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)) {
  if (process.env.TEST_CASE !== undefined) await invoke(toCases(plan), ${environment(store)});
  process.stderr.write(
    plan.name + " is a test plan with the test cases " + Object.keys(plan.cases).join(", ") + ".\\n" +
    "This program is one instance of a run: a runner starts it, with TEST_CASE and the other TEST_ variables set.\\n" +
    "Give it to Testground as an artifact (local:exec), or build an image of its directory; manifest.toml is beside it.\\n",
  );
  process.exit(${NOT_AN_INSTANCE});
}
`;
  return { contents, resolveDir, libraries: librariesOf(planFile) };
}

/** The plan's own copies: what it was written with is what performs it. */
function librariesOf(planFile: string): Libraries {
  const dsl =
    resolveFrom(planFile, "@groundplan/dsl") ?? resolveFrom(import.meta.url, "@groundplan/dsl");
  const runtime = dsl === undefined ? undefined : resolveFrom(dsl, "@groundplan/runtime");
  if (dsl !== undefined && runtime !== undefined) return { dsl, runtime };
  throw usage(`'${planFile}' cannot be bundled: @groundplan/dsl is not installed where it lies`);
}

/** No runner sets GROUNDPLAN_SYNC, and all set REDIS_HOST, those without a Redis for us too. */
function environment(store: BundledStore): string {
  if (store === "service") return "process.env";
  const host = 'process.env.REDIS_HOST || "localhost"';
  const port = 'process.env.REDIS_PORT || "6379"';
  return `{ GROUNDPLAN_SYNC: "redis://" + (${host}) + ":" + (${port}), ...process.env }`;
}
