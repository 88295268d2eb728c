import { usage } from "../command-error.ts";

/** A group of the run, as the user asked for it. */
export interface Group {
  readonly id: string;
  readonly instances: number;
  /** Text by name: those of the run, overridden by the group's own. */
  readonly params: Readonly<Record<string, string>>;
}

export interface GroupArguments {
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
}

/** `-n 10`, or `--group seeds=1 --group peers=9,rounds=3`, with `--param` for all. */
export function parseGroups({ instances, group, param }: GroupArguments): readonly Group[] {
  const common = Object.fromEntries(param.map((text) => assignment(text, "--param")));
  const groups = group.map((text) => parseGroup(text, common));
  if (groups.length === 0) {
    return [{ id: "single", instances: wholeNumber(instances, "-n"), params: common }];
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
  if (/[|=/\\]|^\.+$/.test(id))
    throw usage(`--group ${text}: '${id}' cannot be the name of a group`);
  const [size = "", ...params] = rest.split(/,(?=[^,=]+=)/);
  const instances = wholeNumber(size === "" ? undefined : Number(size), `--group ${id}`);
  const own = params.map((each) => assignment(each, `--group ${id}`));
  return { id, instances, params: { ...common, ...Object.fromEntries(own) } };
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
