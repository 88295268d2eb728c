import { DefinitionError } from "../definition-error.ts";
import type { Plan } from "../plan.ts";
import { type InstanceRange, instanceRange } from "./manifest-instances.ts";
import { type ManifestParam, manifestParams } from "./manifest-params.ts";
import { type TomlValue, tomlComment, tomlKey, tomlLine } from "./manifest-toml.ts";

/** A test case as Testground's manifest describes it. */
export interface ManifestCase {
  readonly name: string;
  readonly description?: string;
  readonly instances: InstanceRange;
  /** In declaration order. */
  readonly params: readonly ManifestParam[];
}

/** What Testground wants to know of a plan. */
export interface ManifestData {
  /** The plan's name, in lower case and with `-` for what cannot be part of the name of an image. */
  readonly name: string;
  /** By id, the configuration each is used with. */
  readonly builders: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By id, the configuration each is used with. */
  readonly runners: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** In declaration order. */
  readonly cases: readonly ManifestCase[];
}

/** Testground's own default is Node 16, and its examples of memory are for Go. */
const BUILDERS = {
  "docker:generic": {},
  "docker:node": { base_image: "node:22-slim" },
  "exec:go": {},
};
const RUNNERS = {
  "local:exec": {},
  "local:docker": {},
  "cluster:k8s": { testplan_pod_memory: "256Mi" },
};

/**
 * What Testground's manifest says of a plan, as data.
 *
 * @throws DefinitionError `"bad-name"` for a plan whose name has nothing that can name an image, `"bad-case"` for a
 * case that no number of instances fits, and whatever declaring a case's stages throws.
 */
export function manifestData(plan: Plan): ManifestData {
  const cases = Object.entries(plan.cases).map(([name, testCase]) => {
    const { description, params } = testCase.options;
    return {
      name,
      ...(description === undefined ? {} : { description }),
      instances: instanceRange(name, testCase),
      params: manifestParams(params),
    };
  });
  return { name: imageName(plan.name), builders: BUILDERS, runners: RUNNERS, cases };
}

/**
 * Testground's `manifest.toml` for a plan: its name, the builders and runners that a bundle of it works with, and its
 * test cases with their instances and parameters. The same text for the same plan.
 *
 * @throws DefinitionError as {@link manifestData}.
 */
export function manifest(plan: Plan): string {
  const { name, builders, runners, cases } = manifestData(plan);
  const blocks = [
    [tomlLine("name", name)],
    ["[defaults]", 'builder = "docker:generic"', 'runner = "local:docker"'],
    ...tables("builders", builders),
    ...tables("runners", runners),
    ...cases.map(caseLines),
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function tables(group: string, entries: ManifestData["builders"]): readonly string[][] {
  return Object.entries(entries).map(([id, config]) => [
    `[${group}.${tomlKey(id)}]`,
    ...Object.entries(config).map(([key, value]) => tomlLine(key, value)),
  ]);
}

function caseLines({ name, description, instances, params }: ManifestCase): string[] {
  const lines = ["[[testcases]]", tomlLine("name", name), tomlLine("instances", { ...instances })];
  if (description !== undefined) lines.unshift(tomlComment(description));
  if (params.length === 0) return lines;
  const described = params.map(
    ({ name: param, ...fields }) => `  ${tomlLine(param, table(fields))}`,
  );
  return [...lines, "  [testcases.params]", ...described];
}

function table(fields: Omit<ManifestParam, "name">): Readonly<Record<string, TomlValue>> {
  return { ...fields };
}

/** Docker, which names images, networks and containers by it, takes less than Testground does. */
function imageName(plan: string): string {
  const name = plan
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/[._-]*-[._-]*|[._]{2,}/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "");
  if (name !== "") return name;
  throw new DefinitionError(
    "bad-name",
    `plan '${plan}' has no letter of a to z and no digit, so Testground cannot name an image by it; rename it`,
  );
}
