import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type BuildFailure,
  build,
  formatMessages,
  type Loader,
  type Plugin,
  stop,
  transform,
} from "esbuild";
import { usage } from "../command-error.ts";

/** A plan and the host of its instances as one file that Node runs by itself. */
export interface Bundle {
  /** Its own directory, for what else the run needs for a while. */
  readonly directory: string;
  readonly file: string;
  remove(): Promise<void>;
}

/** In the bundle whatever imports them: an instance then starts from one file, in a third of the time. */
const INSIDE = /[\\/]node_modules[\\/](@groundplan|groundplan|zod|ws|ioredis|sonic-boom)[\\/]/;

/**
 * Bundles a plan's own sources with what an instance needs. Other packages stay where they are, and are loaded from
 * there, so that native addons and files beside their code keep working. Removed by the caller.
 */
export async function bundlePlan(planFile: string): Promise<Bundle> {
  const directory = await mkdtemp(join(tmpdir(), "groundplan-"));
  const file = join(directory, "plan.mjs");
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await build({
      stdin: { contents: entry(planFile), resolveDir: dirname(planFile), sourcefile: "host-entry" },
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      sourcemap: true,
      sourcesContent: false,
      minifyWhitespace: true,
      logLevel: "silent",
      // What is CommonJS in the bundle asks for Node's own modules with require.
      banner: {
        js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
      },
      plugins: [packagesStay, metaStays],
    });
  } catch (error) {
    await remove();
    throw await asUsage(planFile, error);
  } finally {
    // Its process would take part in the run's memory, and in nothing else.
    await stop();
  }
  return { directory, file, remove };
}

/** The runner imports the bundle for the plan; a process it starts is a host of instances. */
function entry(planFile: string): string {
  const host = createRequire(import.meta.url).resolve("groundplan/host");
  return `
    import * as program from ${JSON.stringify(planFile)};
    import { hostInstances } from ${JSON.stringify(host)};
    export const plan = program.default;
    if (process.env.GROUNDPLAN_HOST === "1") await hostInstances(plan);
  `;
}

const packagesStay: Plugin = {
  name: "packages-stay",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, importer, ...args }) => {
      if (pluginData === "resolving" || importer.includes("node_modules")) return undefined;
      const found = await resolve(path, { ...args, importer, pluginData: "resolving" });
      const isOutside = found.path.includes("node_modules") && !INSIDE.test(found.path);
      if (found.errors.length > 0 || found.external || !isOutside) return found;
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

const loaders: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/** `import.meta` goes on naming the source file: plans find their fixtures by it. */
const metaStays: Plugin = {
  name: "meta-stays",
  setup({ onLoad }) {
    onLoad({ filter: /\.[mc]?[jt]sx?$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const source = await readFile(path, "utf8");
      if (!source.includes("import.meta")) return undefined;
      const options = {
        banner: `const $meta = ${metaOf(path)};`,
        define: { "import.meta": "$meta" },
        loader: loaders[extname(path)] ?? "js",
        sourcefile: path,
        sourcemap: "inline",
        target: "node20",
      } as const;
      const { code } = await transform(source, options);
      return { contents: code, loader: "js" };
    });
  },
};

/** What `import.meta` was in the source. `$createRequire` stands in the bundle's banner. */
function metaOf(path: string): string {
  const url = pathToFileURL(path).href;
  const fields = { url, filename: path, dirname: dirname(path) };
  return `{ ...${JSON.stringify(fields)}, resolve: $createRequire("${url}").resolve }`;
}

async function asUsage(planFile: string, error: unknown): Promise<unknown> {
  if (!isBuildFailure(error)) return error;
  const messages = await formatMessages(error.errors.slice(0, 3), { kind: "error", color: false });
  return usage(`the plan '${planFile}' cannot be compiled:\n${messages.join("").trimEnd()}`, error);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
