type Table = Readonly<Record<string, unknown>>;

/** Keys that mean something to Testground and nothing here, by what is to be said of them. */
const MEANINGLESS: Readonly<Record<string, string>> = {
  builder: "builder: nothing is built here; a group has the plan's file, or its artifact",
  build: "build: nothing is built here; selectors and dependencies have no effect",
  build_config: "build_config: nothing is built here",
  concurrent_builds: "concurrent_builds: nothing is built here",
  resources: "resources: memory and processors are not limited here",
};

const KNOWN = {
  top: ["metadata", "global", "groups", "runs"],
  metadata: ["name", "author"],
  global: ["plan", "case", "runner", "total_instances", "disable_metrics", "run", "run_config"],
  groups: ["id", "instances", "run"],
  run: ["artifact", "test_params", "profiles"],
  instances: ["count", "percentage"],
  runs: ["id", "total_instances", "test_params", "groups"],
  runGroups: ["id", "group_id", "instances", "test_params", "profiles"],
} as const;

/** What of a composition has no effect here: a sentence for each kind of thing, however often it is there. */
export function ignoredIn(toml: Table): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown, known: readonly string[], path: string): readonly Table[] => {
    const tables = [value].flat().filter(isTable);
    for (const key of tables.flatMap((table) => Object.keys(table))) {
      if (known.includes(key)) continue;
      found.add(MEANINGLESS[key] ?? `${path}${key}: there is no such key in a composition`);
    }
    return tables;
  };
  const inside = (tables: readonly Table[], key: string): unknown =>
    tables.flatMap((table) => table[key] ?? []);
  const top = look(toml, KNOWN.top, "");
  look(inside(top, "metadata"), KNOWN.metadata, "metadata.");
  const global = look(inside(top, "global"), KNOWN.global, "global.");
  const groups = look(inside(top, "groups"), KNOWN.groups, "groups.");
  look(inside([...global, ...groups], "run"), KNOWN.run, "run.");
  const runs = look(inside(top, "runs"), KNOWN.runs, "runs.");
  const runGroups = look(inside(runs, "groups"), KNOWN.runGroups, "runs.groups.");
  look(inside([...groups, ...runGroups], "instances"), KNOWN.instances, "instances.");
  return [...found, ...ofGlobal(global)];
}

function ofGlobal(global: readonly Table[]): readonly string[] {
  return global.flatMap(({ runner, run, run_config: config }) => {
    const notes: string[] = [];
    if (typeof runner === "string" && runner !== "local:exec") {
      notes.push(`runner: instances are processes of this machine, not those of ${runner}`);
    }
    if (isTable(run) && "artifact" in run) {
      notes.push("global.run.artifact: no group takes it over; write it in [groups.run]");
    }
    const others = Object.keys(isTable(config) ? config : {}).filter(
      (key) => key !== "exposed_ports",
    );
    if (others.length > 0) notes.push(`run_config: ${others.join(", ")} has no effect here`);
    return notes;
  });
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
