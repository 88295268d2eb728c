import { dirname } from "node:path";
import { cleanName, type Plan } from "@groundplan/dsl";
import { formatParams, RuntimeError } from "@groundplan/runtime";
import { usage } from "../command-error.ts";
import { executable } from "../run/artifact.ts";
import { type CheckedCase, checkCase, findCase } from "../run/check-case.ts";
import type { Group } from "../run/groups.ts";
import type { ComposedRun } from "./compose-runs.ts";
import { type ManifestOfCase, manifestFor } from "./read-manifest.ts";

/** A run of a composition that nothing stands in the way of. */
export interface PreparedRun {
  readonly id: string;
  readonly plan: string;
  readonly checked: CheckedCase;
  readonly groups: readonly Group[];
  readonly notes: readonly string[];
}

export interface Preparation {
  /** The composition's file. */
  readonly file: string;
  /** As the composition names them. */
  readonly named: { readonly plan: string; readonly case: string };
  /** The plan's file, loaded; undefined where all groups have artifacts. */
  readonly plan: Plan | undefined;
}

/** Checks a run of a composition, and completes its parameters. Throws a `CommandError` for what cannot run. */
export function prepareRun(run: ComposedRun, preparation: Preparation): PreparedRun {
  const { plan } = preparation;
  const settled = run.groups.map((group) => settle(group, run, preparation));
  const groups = settled.map(({ group }) => group);
  const notes = settled.flatMap((each) => each.notes);
  for (const group of groups) checkPassable(group, run);
  if (plan === undefined)
    return { id: run.id, groups, notes, ...ofArtifacts(settled, preparation) };
  const known = settled.map(({ group, unknown }) => without(group, unknown));
  const checked = checkCase(plan, preparation.named.case, known);
  return { id: run.id, plan: plan.name, checked, groups, notes };
}

interface Settled {
  readonly group: Group;
  /** Parameters that the test case does not have. */
  readonly unknown: readonly string[];
  readonly notes: readonly string[];
  readonly manifest?: ManifestOfCase;
}

function settle(group: Group, run: ComposedRun, preparation: Preparation): Settled {
  if (group.artifact !== undefined) return settleArtifact(group, group.artifact, run, preparation);
  if (preparation.plan === undefined) return { group, unknown: [], notes: [] };
  const [, { options }] = findCase(preparation.plan, preparation.named.case);
  const declared = new Set(Object.keys(options.params?.shape ?? {}));
  const unknown = Object.keys(group.params).filter((name) => !declared.has(name));
  // As if the default, which is below all that a composition says, had filled it in.
  const empty = Object.keys(group.params).filter(
    (name) => declared.has(name) && group.params[name] === "",
  );
  const notes = unknown.map(
    (name) =>
      `run '${run.id}': group '${group.id}' is given '${name}', which is no parameter of the test case`,
  );
  return { group: without(group, empty), unknown, notes };
}

function settleArtifact(
  group: Group,
  path: string,
  run: ComposedRun,
  { file, named }: Preparation,
): Settled {
  const where = `${file}: run '${run.id}', group '${group.id}'`;
  const artifact = executable(path, dirname(file), where);
  const manifest = manifestFor(artifact, { ...named, composition: file });
  const { defaults = {} } = manifest ?? {};
  const given = Object.entries(group.params).filter(
    ([name, text]) => text !== "" || !Object.hasOwn(defaults, name),
  );
  const params = { ...defaults, ...Object.fromEntries(given) };
  return {
    group: { ...group, artifact, params },
    unknown: [],
    notes: [],
    ...(manifest === undefined ? {} : { manifest }),
  };
}

/** Without the plan's file, what is known comes from manifests. */
function ofArtifacts(
  settled: readonly Settled[],
  { named }: Preparation,
): Pick<PreparedRun, "plan" | "checked"> {
  const total = settled.reduce((sum, { group }) => sum + group.instances, 0);
  const manifests = settled.flatMap(({ manifest }) => manifest ?? []);
  for (const { min, max, file } of manifests) {
    if (total >= min && total <= max) continue;
    throw usage(
      `test case '${named.case}' takes ${min} to ${max} instances by ${file}, and ${total} were asked for`,
    );
  }
  const [manifest] = manifests;
  const sizes = settled.map(({ group }) => [group.id, group.instances]);
  const name = cleanName(manifest?.case ?? named.case);
  const checked = { name, definition: undefined, roleSizes: Object.fromEntries(sizes) };
  return { plan: manifest?.plan ?? named.plan, checked };
}

function checkPassable({ id, params, profiles = {} }: Group, run: ComposedRun): void {
  try {
    formatParams(params);
    formatParams(profiles);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw usage(`run '${run.id}': group '${id}': ${error.message}`, error);
  }
}

function without(group: Group, names: readonly string[]): Group {
  const entries = Object.entries(group.params).filter(([name]) => !names.includes(name));
  return { ...group, params: Object.fromEntries(entries) };
}
