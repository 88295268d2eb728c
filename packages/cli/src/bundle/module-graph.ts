import { dirname, relative } from "node:path";
import type { Plugin } from "esbuild";
import type { NativeAddons } from "./native-addons.ts";
import { withinPackages } from "./package-of.ts";

/** Who imported whom, as far as esbuild has come: it says so itself only if all went well. */
export class ModuleGraph {
  readonly #planFile: string;
  readonly #importers = new Map<string, string>();

  constructor(planFile: string) {
    this.#planFile = planFile;
  }

  /** The first importer is kept: that is the shortest way, or nearly. */
  add(importer: string, path: string): void {
    if (!this.#importers.has(path)) this.#importers.set(path, importer);
  }

  /** `b.js < a.ts < plan.ts`: the file, and how it came to be in the bundle. */
  chain(file: string): string {
    const files: string[] = [];
    let next: string | undefined = file;
    while (next !== undefined && !files.includes(next)) {
      files.push(next);
      next = next === this.#planFile ? undefined : this.#importers.get(next);
    }
    return files.map((each) => this.#shown(each)).join(" < ");
  }

  #shown(file: string): string {
    return withinPackages(file) ?? relative(dirname(this.#planFile), file);
  }
}

/** Records every import, and refuses those of native addons. */
export function watchImports(graph: ModuleGraph, natives: NativeAddons): Plugin {
  return {
    name: "watch-imports",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /.*/ }, async ({ path, pluginData, importer, ...args }) => {
        if (pluginData === "resolving" || args.kind === "entry-point") return undefined;
        const found = await resolve(path, { ...args, importer, pluginData: "resolving" });
        // esbuild itself knows best whether this is an error: inside a try it is none.
        if (found.errors.length > 0) return undefined;
        if (found.external || found.namespace !== "file") return found;
        graph.add(importer, found.path);
        return natives.verdict(path, importer, found.path) ?? found;
      });
    },
  };
}
