import { createRequire } from "node:module";
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  formatMessages,
  type PartialMessage,
  stop,
} from "esbuild";
import { usage } from "../command-error.ts";

/** A plan's file on its way into one module that Node runs by itself. */
export interface Compilation {
  readonly planFile: string;
  /** Completes esbuild's options; what is said here comes before what is said for all. */
  readonly options: BuildOptions;
  /** What is wrong with a result that esbuild has nothing against. */
  inspect?(result: BuildResult): readonly PartialMessage[];
  /** Says more about what is wrong. */
  explain?(message: PartialMessage): PartialMessage;
}

/** What CommonJS modules take for granted: `require` for Node's own modules, and a place where they are. */
const BANNER = [
  'import { createRequire as $createRequire } from "node:module";',
  'import { fileURLToPath as $fileURLToPath } from "node:url";',
  "const require = $createRequire(import.meta.url);",
  "const $filename = $fileURLToPath(import.meta.url);",
  'const $dirname = $fileURLToPath(new URL(".", import.meta.url));',
].join(" ");

const COMMON: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "silent",
  banner: { js: BANNER },
  define: { __dirname: "$dirname", __filename: "$filename" },
};

/** Compilations that are under way: they share the process that esbuild does its work in. */
let underWay = 0;

/**
 * Compiles a plan and what it imports into one ES module for Node 20.
 * Rejects with a `CommandError` that quotes the source if the plan is at fault.
 */
export async function compile(compilation: Compilation): Promise<BuildResult> {
  underWay++;
  try {
    return await checked(compilation);
  } finally {
    underWay--;
    // Its process would take part in the run's memory, and in nothing else.
    if (underWay === 0) await stop();
  }
}

async function checked(compilation: Compilation): Promise<BuildResult> {
  const { planFile, inspect, explain = (message) => message } = compilation;
  const { result, errors, cause } = await attempt(compilation.options);
  const faults = result === undefined ? errors : (inspect?.(result) ?? []);
  if (result !== undefined && faults.length === 0) return result;
  const messages = faults.slice(0, 3).map(explain);
  const texts = await formatMessages(messages, { kind: "error", color: false });
  throw usage(`the plan '${planFile}' cannot be compiled:\n${texts.join("").trimEnd()}`, cause);
}

interface Attempt {
  readonly result?: BuildResult;
  readonly errors: readonly PartialMessage[];
  readonly cause?: unknown;
}

async function attempt(options: BuildOptions): Promise<Attempt> {
  try {
    return { result: await build({ ...COMMON, ...options }), errors: [] };
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause;
    return { errors: cause.errors, cause };
  }
}

/** The file behind a package's name, as that file would import it. */
export function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
