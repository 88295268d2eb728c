import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { type Loader, type OnLoadResult, type Plugin, transform } from "esbuild";

const loaders: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/** What to make of `import.meta` in a plan's own sources. */
export interface MetaRule {
  /** The expression that stands for it. */
  metaOf(path: string): string;
  /** Refuses a source; its code has no comments and no types. */
  check?(path: string, code: string, source: string): OnLoadResult | undefined;
}

/** In one file for all, `import.meta` is no longer the source's own. Packages are left alone. */
export function replaceMeta({ metaOf, check }: MetaRule): Plugin {
  return {
    name: "replace-meta",
    setup({ onLoad }) {
      onLoad({ filter: /\.[mc]?[jt]sx?$/ }, async ({ path }) => {
        if (path.includes("node_modules")) return undefined;
        const source = await readFile(path, "utf8");
        if (!/import\.meta|__dirname|__filename/.test(source)) return undefined;
        const common = { loader: loaders[extname(path)] ?? "js", target: "node20" } as const;
        const plain = { ...common, legalComments: "none", sourcefile: path } as const;
        const found = check?.(path, (await transform(source, plain)).code, source);
        if (found !== undefined || !source.includes("import.meta")) return found;
        const { code } = await transform(source, {
          ...common,
          banner: `const $meta = ${metaOf(path)};`,
          define: { "import.meta": "$meta" },
          sourcefile: path,
          sourcemap: "inline",
        });
        return { contents: code, loader: "js" };
      });
    },
  };
}
