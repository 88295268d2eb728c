import type { OnLoadResult, PartialMessage } from "esbuild";
import type { MetaRule } from "./import-meta.ts";

/** A place by which a source finds what lies beside it. As an argument, `import.meta` is for the plan's `main`. */
const PLACE =
  /\bimport\.meta\s*(?:\.\s*(?:url|dirname|filename|resolve)\b|\[|;)|\b__dirname\b|\b__filename\b/;

/** In a bundle a plan's own sources have no place. */
export const placeless: MetaRule = {
  metaOf: () => "{}",
  check(path, code, source): OnLoadResult | undefined {
    const place = PLACE.exec(code)?.[0];
    if (place === undefined) return undefined;
    const name = place.replace(/[;[\s]/g, "");
    const lines = source.split("\n");
    const line = lines.findIndex((text) => PLACE.test(text) || text.includes(name));
    const lineText = lines[line] ?? "";
    return {
      errors: [
        {
          text: `${name} names the place of a source file, and a bundle has only itself: import what lies beside it (JSON and modules become part of the bundle), or name it by a parameter`,
          location: { file: path, line: line + 1, column: lineText.indexOf(name), lineText },
        },
      ],
    };
  },
};

/** What esbuild leaves as it is, and would fail where there is no `node_modules`. */
export const DYNAMIC: Readonly<Record<string, "warning">> = {
  "unsupported-require-call": "warning",
  "unsupported-dynamic-import": "warning",
  "indirect-require": "warning",
};

/** A load that is decided only when it happens, as an error; `name` is the package it is in. */
export function dynamicLoad(warning: PartialMessage, name: string | undefined): PartialMessage {
  const advice =
    name === undefined
      ? "write the name as a literal"
      : `if the plan never gets there, say --allow-dynamic ${name}`;
  const text = `what is loaded here is decided at run time, so it cannot be in the bundle; ${advice}`;
  return { ...warning, text };
}
