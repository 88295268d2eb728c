import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cleanName } from "@groundplan/dsl";
import { parse } from "smol-toml";
import { z } from "zod";
import { messageOf, usage } from "../command-error.ts";
import { placesOf } from "./find-plan.ts";

const schema = z.object({
  name: z.string(),
  testcases: z
    .array(
      z.object({
        name: z.string(),
        instances: z.object({ min: z.number().default(0), max: z.number().default(0) }).optional(),
        params: z.record(z.string(), z.object({ default: z.unknown().optional() })).default({}),
      }),
    )
    .default([]),
});

/** What a `manifest.toml` says of the test case that a composition names. */
export interface ManifestOfCase {
  readonly file: string;
  readonly plan: string;
  readonly case: string;
  readonly min: number;
  readonly max: number;
  /** As texts; those without a default are absent. */
  readonly defaults: Readonly<Record<string, string>>;
}

interface Wanted {
  readonly plan: string;
  readonly case: string;
  /** The composition's file. */
  readonly composition: string;
}

/** From the manifest beside the artifact, or in the plan's directory; undefined where neither is one of the plan. */
export function manifestFor(artifact: string, wanted: Wanted): ManifestOfCase | undefined {
  const directories = [dirname(artifact), ...placesOf(wanted.plan, wanted.composition)];
  for (const directory of directories) {
    const file = join(directory, "manifest.toml");
    const manifest = read(file);
    if (manifest === undefined || !isOf(manifest.name, wanted.plan)) continue;
    const found = manifest.testcases.find(({ name }) => cleanName(name) === cleanName(wanted.case));
    if (found === undefined) {
      const known = manifest.testcases.map(({ name }) => name).join(", ");
      throw usage(`${file}: there is no test case '${wanted.case}'; there are ${known}`);
    }
    const { min = 0, max = 0 } = found.instances ?? {};
    const defaults = defaultsOf(found.params);
    return { file, plan: manifest.name, case: found.name, min, max, defaults };
  }
  return undefined;
}

/** A composition names the plan by its directory, too. */
function isOf(name: string, plan: string): boolean {
  return (
    cleanName(name).toLowerCase() === cleanName(plan).toLowerCase() || plan.endsWith(`/${name}`)
  );
}

function read(file: string): z.output<typeof schema> | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return schema.parse(parse(text));
  } catch (cause) {
    throw usage(`${file} is no manifest: ${messageOf(cause)}`, cause);
  }
}

function defaultsOf(
  params: Readonly<Record<string, { readonly default?: unknown }>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(params).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : JSON.stringify(value)]],
  );
  return Object.fromEntries(entries);
}
