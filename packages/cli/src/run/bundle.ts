import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { compile } from "../bundle/compile.ts";
import { replaceMeta } from "../bundle/import-meta.ts";
import { anchorMap, type Bundled, keepBundle, reuseBundle } from "./bundle-cache.ts";

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
 * there, so that native addons and files beside their code keep working. What was bundled before is used again as long
 * as nothing has changed. Removed by the caller.
 */
export async function bundlePlan(planFile: string): Promise<Bundle> {
  const directory = await mkdtemp(join(tmpdir(), "groundplan-"));
  const file = join(directory, "plan.mjs");
  const host = createRequire(import.meta.url).resolve("groundplan/host");
  const bundled = { planFile, host };
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    if (await reuseBundle(bundled, directory)) return { directory, file, remove };
    const startedAt = Date.now();
    const { metafile } = await compile({
      planFile,
      options: {
        stdin: {
          contents: entry(bundled),
          resolveDir: dirname(planFile),
          sourcefile: "host-entry",
        },
        outfile: file,
        sourcemap: true,
        sourcesContent: false,
        minifyWhitespace: true,
        metafile: true,
        plugins: [packagesStay, replaceMeta({ metaOf })],
      },
    });
    await anchorMap(directory);
    await keepBundle(bundled, directory, { metafile, startedAt });
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, file, remove };
}

/** The runner imports the bundle for the plan; a process it starts is a host of instances. */
function entry({ planFile, host }: Bundled): string {
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

/**
 * What `import.meta` was in the source: plans find their fixtures by it. `$createRequire` stands in the bundle's banner.
 */
function metaOf(path: string): string {
  const url = pathToFileURL(path).href;
  const fields = { url, filename: path, dirname: dirname(path) };
  return `{ ...${JSON.stringify(fields)}, resolve: $createRequire("${url}").resolve }`;
}
