import { dirname, join, relative, resolve } from "node:path";
import type { BuildOptions, Message, PartialMessage } from "esbuild";
import { compile } from "./compile.ts";
import { type BundledStore, bundleEntry } from "./entry.ts";
import { replaceMeta } from "./import-meta.ts";
import { ModuleGraph, watchImports } from "./module-graph.ts";
import { NativeAddons } from "./native-addons.ts";
import { packageOf } from "./package-of.ts";
import { DYNAMIC, dynamicLoad, placeless } from "./source-rules.ts";

/** A plan with everything it needs in one module. */
export interface Alone {
  readonly code: string;
  readonly map: string;
  /** Paths of all that is in it. */
  readonly inputs: readonly string[];
  readonly graph: ModuleGraph;
}

/** How to compile a plan alone. */
export interface AloneOptions {
  readonly store: BundledStore;
  /** Packages whose loads at run time the plan never reaches. */
  readonly allowDynamic: readonly string[];
}

/** The name of the program that a bundle is. */
export const PROGRAM = "plan.mjs";

/**
 * Compiles a plan with every package it imports. The same plan gives the same bytes, wherever it lies.
 * Rejects with a `CommandError` for what cannot be in one file, with the chain of imports that led to it.
 */
export async function compileAlone(
  planFile: string,
  { store, allowDynamic }: AloneOptions,
): Promise<Alone> {
  const directory = dirname(planFile);
  const graph = new ModuleGraph(planFile);
  const { libraries, ...entry } = bundleEntry(planFile, store);
  const dsl = dirname(libraries.dsl);
  const options: BuildOptions = {
    stdin: { ...entry, sourcefile: "bundle-entry" },
    alias: { "bundle:dsl": libraries.dsl, "bundle:runtime": libraries.runtime },
    // Names in the output are relative to it.
    absWorkingDir: directory,
    outfile: join(directory, PROGRAM),
    sourcemap: "linked",
    legalComments: "eof",
    logOverride: DYNAMIC,
    write: false,
    metafile: true,
    plugins: [watchImports(graph, new NativeAddons()), replaceMeta(placeless)],
  };
  const { outputFiles = [], metafile } = await compile({
    planFile,
    options,
    inspect: ({ warnings }) => {
      const loads = dynamicLoads(warnings, directory);
      // It looks for the local runner when a plan's source is started as a program; a bundle never gets there.
      return loads
        .filter(({ file, name = "" }) => !isBelow(file, dsl) && !allowDynamic.includes(name))
        .map(({ warning, name }) => dynamicLoad(warning, name));
    },
    explain: (message) => withChain(message, directory, graph),
  });
  const text = (end: string): string =>
    outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  const inputs = Object.keys(metafile?.inputs ?? {}).map((input) => resolve(directory, input));
  return { code: text(PROGRAM), map: text(".map"), inputs, graph };
}

function withChain(message: PartialMessage, directory: string, graph: ModuleGraph): PartialMessage {
  const { id: _id, pluginName: _pluginName, ...found } = message;
  if (found.location === undefined || found.location === null) return found;
  const chain = graph.chain(resolve(directory, found.location.file ?? ""));
  // In place of esbuild's own advice, which is for those who call it.
  return { ...found, notes: chain.includes("<") ? [{ text: `imported by: ${chain}` }] : [] };
}

interface DynamicLoad {
  readonly warning: Message;
  readonly file: string;
  /** The package it is in. */
  readonly name: string | undefined;
}

function dynamicLoads(warnings: readonly Message[], directory: string): readonly DynamicLoad[] {
  return warnings
    .filter(({ id }) => id in DYNAMIC)
    .map((warning) => {
      const file = resolve(directory, warning.location?.file ?? "");
      return { warning, file, name: packageOf(file) };
    });
}

function isBelow(file: string, directory: string): boolean {
  return !relative(directory, file).startsWith("..");
}
