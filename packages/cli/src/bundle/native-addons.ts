import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OnResolveResult } from "esbuild";
import { packageRoot } from "./package-of.ts";

/** Packages by which others find and load their compiled code. */
const LOADERS = [
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "@mapbox/node-pre-gyp",
  "prebuild-install",
  "prebuildify",
];

interface Package {
  readonly name: string;
  readonly isNative: boolean;
  /** Packages that it does without if they are not there. */
  readonly optional: ReadonlySet<string>;
}

/** Finds imports of what is compiled for one platform: it cannot be part of a file of JavaScript. */
export class NativeAddons {
  readonly #packages = new Map<string, Package | undefined>();

  /** Left out where the importer declares that it does without; an error otherwise; undefined for JavaScript. */
  verdict(path: string, importer: string, file: string): OnResolveResult | undefined {
    const found = this.#packageOf(file);
    const isAddon = file.endsWith(".node");
    if (!isAddon && (found === undefined || !found.isNative)) return undefined;
    const by = this.#packageOf(importer);
    if (found !== undefined && by?.optional.has(found.name)) return { path, external: true };
    const what = isAddon ? `"${path}"` : `package "${found?.name}"`;
    return {
      errors: [
        { text: `${what} is a native addon, compiled for one platform: it cannot be bundled` },
      ],
    };
  }

  #packageOf(file: string): Package | undefined {
    const root = packageRoot(file);
    if (root === undefined) return undefined;
    if (!this.#packages.has(root)) this.#packages.set(root, readPackage(root));
    return this.#packages.get(root);
  }
}

function readPackage(root: string): Package | undefined {
  const file = join(root, "package.json");
  if (!existsSync(file)) return undefined;
  const found: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
  const keys = (field: unknown): string[] => Object.keys(Object(field));
  const uses = keys(found["dependencies"]);
  const isNative =
    existsSync(join(root, "binding.gyp")) ||
    found["gypfile"] === true ||
    found["napi"] !== undefined ||
    LOADERS.includes(String(found["name"])) ||
    uses.some((name) => LOADERS.includes(name));
  return {
    name: String(found["name"]),
    isNative,
    optional: new Set([
      ...keys(found["optionalDependencies"]),
      ...keys(found["peerDependenciesMeta"]),
    ]),
  };
}
