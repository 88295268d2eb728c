import { usage } from "../command-error.ts";

/** A group of the run, as the user asked for it. */
export interface Group {
  readonly id: string;
  readonly instances: number;
  /** Text by name: those of the run, overridden by the group's own. */
  readonly params: Readonly<Record<string, string>>;
  /** Kind and period of each profile to take: `{ cpu: "true", heap: "5s" }`. */
  readonly profiles?: Readonly<Record<string, string>>;
  /** A program that is one instance, started for each instead of the plan's file. */
  readonly artifact?: string;
}

export interface GroupArguments {
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
  readonly profile?: readonly string[];
}

/** `-n 10`, or `--group seeds=1 --group peers=9,rounds=3`, with `--param` for all. */
export function parseGroups(args: GroupArguments): readonly Group[] {
  const { instances, group } = args;
  const common = parseTexts(args.param, "--param");
  const profiles = parseTexts(args.profile ?? [], "--profile");
  const profiled = Object.keys(profiles).length === 0 ? {} : { profiles };
  const groups = group.map((text) => ({ ...parseGroup(text, common), ...profiled }));
  if (groups.length === 0) {
    const size = wholeNumber(instances, "-n");
    return [{ id: "single", instances: size, params: common, ...profiled }];
  }
  const ids = groups.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw usage(`--group ${twice} is given twice; name each group once`);
  const sum = groups.reduce((total, each) => total + each.instances, 0);
  if (instances !== undefined && instances !== sum) {
    throw usage(
      `-n ${instances} does not match the groups, which have ${sum} instances; leave -n out`,
    );
  }
  return groups;
}

function parseGroup(text: string, common: Readonly<Record<string, string>>): Group {
  const [id, rest] = assignment(text, "--group");
  checkGroupId(id, `--group ${text}`);
  const [size = "", ...params] = rest.split(/,(?=[^,=]+=)/);
  const instances = wholeNumber(size === "" ? undefined : Number(size), `--group ${id}`);
  const own = params.map((each) => assignment(each, `--group ${id}`));
  return { id, instances, params: { ...common, ...Object.fromEntries(own) } };
}

/** Refuses what cannot be a directory's name, or would not come back from the variables it is passed in. */
export function checkGroupId(id: string, where: string): void {
  if (/[|=/\\]|^\.+$/.test(id)) throw usage(`${where}: '${id}' cannot be the name of a group`);
}

/** `name=value`, each once; the last of several with the same name counts. */
export function parseTexts(
  assignments: readonly string[],
  option: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(assignments.map((text) => assignment(text, option)));
}

function assignment(text: string, option: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usage(`${option} ${text}: write name=value`);
}

function wholeNumber(n: number | undefined, option: string): number {
  if (n === undefined) throw usage("say how many instances to run: -n 10, or --group peers=10");
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw usage(`${option}: ${n} is not a number of instances; give a whole number from 1`);
}
