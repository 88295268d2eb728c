import { usage } from "../command-error.ts";
import { checkGroupId, type Group } from "../run/groups.ts";
import type { Composition, CompositionGroup, CompositionRun } from "./composition.ts";
import { countInstances } from "./count-instances.ts";
import { mergeTexts } from "./merge-texts.ts";

/** A run that a composition asks for. */
export interface ComposedRun {
  readonly id: string;
  readonly groups: readonly Group[];
}

export interface ComposedRuns {
  /** In the order asked for, else in that of the file. */
  readonly runs: readonly ComposedRun[];
  readonly notes: readonly string[];
}

type Texts = Readonly<Record<string, string>>;

/**
 * The runs of a composition with their groups, all layers of parameters merged. Only those named, if any are.
 * Throws a `CommandError` for what contradicts itself, and for runs that are not there.
 */
export function composeRuns(
  composition: Composition,
  wanted: readonly string[],
  overrides: Texts = {},
): ComposedRuns {
  const { groups, runs } = composition;
  checkUnique(groups, "group");
  checkUnique(runs, "run");
  const all = runs.length === 0 ? [runOfAll(composition)] : runs;
  const chosen = wanted.length === 0 ? all : wanted.map((id) => find(all, id));
  return {
    runs: chosen.map((run) => compose(composition, run, overrides)),
    notes: chosen.flatMap((run) => inheritance(composition, run)),
  };
}

/** What there is without `[[runs]]`: one run, called `default`, of all groups. */
function runOfAll({ global, groups }: Composition): CompositionRun {
  return {
    id: "default",
    total_instances: global.total_instances,
    test_params: {},
    groups: groups.map(({ id, instances }) => ({
      id,
      group_id: "",
      instances,
      test_params: {},
      profiles: {},
    })),
  };
}

function find(runs: readonly CompositionRun[], wanted: string): CompositionRun {
  const run = runs.find(({ id }) => id === wanted);
  if (run !== undefined) return run;
  const known = runs.map(({ id }) => id).join(", ");
  throw usage(`--run-ids: the composition has no run '${wanted}'; it has ${known}`);
}

function compose(composition: Composition, run: CompositionRun, overrides: Texts): ComposedRun {
  const { global, runs } = composition;
  checkUnique(run.groups, `run '${run.id}': group`);
  const sources = run.groups.map((each) => sourceOf(composition, run, each));
  const counts = countInstances({
    run: run.id,
    total: run.total_instances,
    isExplicit: runs.length > 0,
    globalTotal: global.total_instances,
    groups: run.groups.map(({ id, instances }, index) => ({
      id,
      instances: instances ?? sources[index]?.instances,
    })),
  });
  const groups = run.groups.map(({ id, test_params, profiles }, index) => {
    checkGroupId(id, `run '${run.id}'`);
    const source = sources[index]?.run;
    const artifact = source?.artifact ?? "";
    return {
      id,
      instances: counts[index] ?? 0,
      params: mergeTexts(
        overrides,
        test_params,
        run.test_params,
        source?.test_params ?? {},
        global.run.test_params,
      ),
      profiles: mergeTexts(profiles, source?.profiles ?? {}, global.run.profiles),
      ...(artifact === "" ? {} : { artifact }),
    };
  });
  return { id: run.id, groups };
}

function sourceOf(
  { groups }: Composition,
  run: CompositionRun,
  { id, group_id }: CompositionRun["groups"][number],
): CompositionGroup {
  const wanted = group_id || id;
  const found = groups.find((group) => group.id === wanted);
  if (found !== undefined) return found;
  const known = groups.map((group) => group.id).join(", ");
  throw usage(
    `run '${run.id}': group '${id}' is made of '${wanted}', and there is no such group; there are ${known}: name one with group_id`,
  );
}

/** What works here and not with Testground, whose client counts what a run's group takes over as nothing. */
function inheritance({ runs }: Composition, run: CompositionRun): readonly string[] {
  const inherits = run.groups.filter(({ instances }) => instances === undefined);
  if (runs.length === 0 || run.total_instances === 0 || inherits.length === 0) return [];
  const ids = inherits.map(({ id }) => `'${id}'`).join(", ");
  return [
    `run '${run.id}': ${ids} took its number of instances from its group; Testground itself would refuse that together with the run's total_instances`,
  ];
}

function checkUnique(all: readonly { readonly id: string }[], what: string): void {
  const ids = all.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw usage(`${what} '${twice}' is there twice; give each an id of its own`);
}
