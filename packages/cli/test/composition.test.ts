import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { composeRuns } from "../src/composition/compose-runs.ts";
import { mergeTexts } from "../src/composition/merge-texts.ts";
import { readComposition } from "../src/composition/read-composition.ts";

const directory = mkdtempSync(join(tmpdir(), "groundplan-composition-"));
afterAll(() => rmSync(directory, { recursive: true }));

const GLOBAL = `[global]
plan = "p"
case = "c"
runner = "local:exec"
`;

function read(toml: string, env: Record<string, string> = {}): ReturnType<typeof readComposition> {
  const file = join(directory, "composition.toml");
  writeFileSync(file, toml);
  return readComposition(file, env);
}

function compose(toml: string, ids: readonly string[] = []): ReturnType<typeof composeRuns> {
  return composeRuns(read(toml).composition, ids);
}

/** `a 2, b 3` for each run. */
function sizes(toml: string, ids: readonly string[] = []): readonly string[] {
  return compose(toml, ids).runs.map(
    ({ id, groups }) =>
      `${id}: ${groups.map((group) => `${group.id} ${group.instances}`).join(", ")}`,
  );
}

describe("the groups of a composition", () => {
  test("have counts, and without runs make one that is called default", () => {
    const groups = `[[groups]]
      id = "a"
      instances = { count = 2 }
      [[groups]]
      id = "b"
      instances = { count = 3, percentage = 0.9 }`;
    expect(sizes(GLOBAL + groups)).toEqual(["default: a 2, b 3"]);
  });

  test("have shares of the total, rounded", () => {
    const shares = (total: number, a: number, b: number): readonly string[] =>
      sizes(`${GLOBAL}total_instances = ${total}
        [[groups]]
        id = "a"
        instances = { percentage = ${a} }
        [[groups]]
        id = "b"
        instances = { percentage = ${b} }`);
    expect(shares(10, 0.3, 0.7)).toEqual(["default: a 3, b 7"]);
    expect(shares(7, 0.36, 0.64)).toEqual(["default: a 3, b 4"]);
    expect(() => shares(5, 0.5, 0.5)).toThrow(
      "run 'default': its groups have 6 instances (a 3, b 3), and total_instances is 5; correct one of them",
    );
  });

  test.each([
    ["", "run 'default': group 'a' has no instances; write instances = { count = 3 }"],
    ["instances = { percentage = 0.5 }", "not given; write total_instances in [global]"],
  ])("with %j are refused", (instances, message) => {
    expect(() => sizes(`${GLOBAL}\n[[groups]]\nid = "a"\n${instances}`)).toThrow(message);
  });

  test("have ids of their own, which can be directories", () => {
    const group = (id: string): string => `[[groups]]\nid = "${id}"\ninstances = { count = 1 }\n`;
    expect(() => sizes(GLOBAL + group("a") + group("a"))).toThrow("group 'a' is there twice");
    expect(() => sizes(GLOBAL + group("../a"))).toThrow("'../a' cannot be the name of a group");
  });
});

describe("the runs of a composition", () => {
  const runs = `${GLOBAL}total_instances = 10
[[groups]]
id = "a"
instances = { count = 2 }
[groups.run.test_params]
x = "group"
[[groups]]
id = "b"
instances = { count = 2 }
[[runs]]
id = "small"
[[runs.groups]]
id = "a"
[[runs]]
id = "large"
total_instances = 8
[[runs.groups]]
id = "left"
group_id = "a"
instances = { percentage = 0.25 }
[[runs.groups]]
id = "right"
group_id = "b"
instances = { percentage = 0.75 }
`;

  test("take groups over, under a name of their own or not", () => {
    expect(sizes(runs)).toEqual(["small: a 2", "large: left 2, right 6"]);
  });

  test("can be chosen, in the order given", () => {
    expect(sizes(runs, ["large", "small"])).toEqual(["large: left 2, right 6", "small: a 2"]);
    expect(() => sizes(runs, ["none"])).toThrow(
      "--run-ids: the composition has no run 'none'; it has small, large",
    );
  });

  test("do not take over the total of all, and say so", () => {
    const toml = runs.replace("total_instances = 8\n", "");
    expect(() => sizes(toml)).toThrow(
      "run 'large': group 'left' is a percentage, of a total that is not given; it does not take over the 10 of [global]; write total_instances in its [[runs]]",
    );
  });

  test("may say a total of what they take over, which Testground would refuse", () => {
    const toml = runs.replace('id = "small"', 'id = "small"\ntotal_instances = 2');
    const { notes } = compose(toml);
    expect(notes).toEqual([
      "run 'small': 'a' took its number of instances from its group; Testground itself would refuse that together with the run's total_instances",
    ]);
  });

  test("name groups that are there", () => {
    expect(() => sizes(runs.replace('group_id = "b"', 'group_id = "z"'))).toThrow(
      "run 'large': group 'right' is made of 'z', and there is no such group; there are a, b",
    );
  });
});

describe("parameters and profiles", () => {
  test("of a run's group come before those of the run, of the group and of all", () => {
    const toml = `${GLOBAL}
[global.run.test_params]
a = "all"
b = "all"
c = "all"
d = "all"
[global.run.profiles]
cpu = "true"
heap = "1s"
[[groups]]
id = "g"
instances = { count = 1 }
[groups.run.test_params]
a = "group"
b = "group"
c = "group"
[groups.run.profiles]
heap = "2s"
[[runs]]
id = "r"
[runs.test_params]
a = "run"
b = "run"
[[runs.groups]]
id = "g"
[runs.groups.test_params]
a = "run group"
`;
    const [group] = compose(toml).runs[0]?.groups ?? [];
    expect(group?.params).toEqual({ a: "run group", b: "run", c: "group", d: "all" });
    expect(group?.profiles).toEqual({ cpu: "true", heap: "2s" });
  });

  test("that are empty are filled in by a lower layer", () => {
    expect(mergeTexts({ a: "", b: "1", c: "" }, { a: "2", b: "3" }, { c: "" })).toEqual({
      a: "2",
      b: "1",
      c: "",
    });
  });

  test("are texts, and all that is wrong is said at once", () => {
    const toml = `[global]
case = ""
[global.run.test_params]
rounds = 5
[[groups]]
id = "g"
instances = { count = 1.5, percentage = 3 }
`;
    expect(() => read(toml)).toThrow(
      [
        "is no composition:",
        "global.plan is missing",
        "global.case must not be empty",
        "global.run.test_params.rounds must be a text in quotes, as every value here",
        "groups[1].instances.count must be a whole number",
        "groups[1].instances.percentage must be a fraction such as 0.3",
      ].join("\n  "),
    );
  });
});

describe("what a composition's file holds", () => {
  test("and means nothing here is noted once for each kind", () => {
    const group = (id: string): string => `
[[groups]]
id = "${id}"
builder = "docker:go"
instances = { count = 1 }
resources = { memory = "1Gi" }
[groups.build_config]
x = 1
`;
    const { notes } = read(`${GLOBAL.replace("local:exec", "local:docker")}
builder = "docker:go"
concurrent_builds = 1
typo = 1
[global.build_config]
y = 1
[global.run]
artifact = "x"
[global.run_config]
keep_containers = true
exposed_ports = { http = "80" }
${group("a")}${group("b")}`);
    expect(notes).toEqual([
      "builder: nothing is built here; a group has the plan's file, or its artifact",
      "concurrent_builds: nothing is built here",
      "global.typo: there is no such key in a composition",
      "build_config: nothing is built here",
      "resources: memory and processors are not limited here",
      "runner: instances are processes of this machine, not those of local:docker",
      "global.run.artifact: no group takes it over; write it in [groups.run]",
      "run_config: keep_containers has no effect here",
    ]);
  });

  test("is a template first", () => {
    const toml = `${GLOBAL}
{{ range split .Env.GROUPS }}
[[groups]]
id = "{{ . }}"
instances = { count = {{ $.Env.COUNT }} }
{{ end }}`;
    const { composition } = read(toml, { GROUPS: "a,b", COUNT: "2" });
    expect(composition.groups.map(({ id, instances }) => [id, instances?.count])).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
    expect(() => read(toml, { GROUPS: "a" })).toThrow("its template gives no TOML");
    expect(() => read("[global")).toThrow("it is no TOML");
  });
});
