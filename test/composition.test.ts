import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  FAILS,
  LEAVES_ENVIRONMENT,
  meetsBySdk,
  NEVER_ENDS,
  program,
  SAYS_NOTHING,
} from "./artifacts.ts";
import { type Finished, groundplan, isAlive, scratch } from "./groundplan.ts";

const plan = resolve("test/fixtures/composed.ts");
const sdk = createRequire(import.meta.url).resolve("@testground/sdk");

interface Composition {
  readonly case?: string;
  readonly global?: string;
  readonly rest: string;
}

/** A composition in a directory of its own. */
function write(directory: string, { case: name = "raw", global = "", rest }: Composition): string {
  const file = join(directory, "composition.toml");
  const head = `[global]\nplan = ${JSON.stringify(plan)}\ncase = "${name}"\nrunner = "local:exec"\n`;
  writeFileSync(file, `${head}${global}\n${rest}`);
  return file;
}

function group(id: string, count: number, artifact?: string): string {
  const run = artifact === undefined ? "" : `[groups.run]\nartifact = "${artifact}"\n`;
  return `[[groups]]\nid = "${id}"\ninstances = { count = ${count} }\n${run}`;
}

function run(directory: string, composition: Composition, ...args: string[]): Promise<Finished> {
  const file = write(directory, composition);
  const out = join(directory, "outputs");
  return groundplan(["run", "-c", file, "--out", out, ...args]).finished;
}

function resultsOf(stdout: string): readonly Record<string, unknown>[] {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "").runs;
}

describe("a composition", () => {
  test("gives its groups their parameters, profiles and ports", async () => {
    const directory = scratch();
    const { code, stdout, stderr } = await run(directory, {
      case: "meet",
      global: `disable_metrics = true
[global.run.test_params]
text = "for all"
[global.run_config]
exposed_ports = { api = "8080" }`,
      rest: `${group("a", 1)}
[groups.run]
profiles = { cpu = "true" }
[groups.run.test_params]
text = ""
unknown = "x"
${group("b", 1)}
[groups.run.test_params]
text = "for b"
${group("c", 1)}
[groups.run.test_params]
text = "{{ .Env.HOME_TEXT }}"
`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(
      "note: run 'default': group 'a' is given 'unknown', which is no parameter of the test case",
    );
    const said = [...stdout.matchAll(/\| (\{.*\})/g)].map(([, line = ""]) => JSON.parse(line));
    expect(said).toHaveLength(3);
    expect(said).toContainEqual({
      group: "a",
      text: "for all",
      texts: { text: "for all", unknown: "x" },
      port: "8080",
    });
    expect(said).toContainEqual(expect.objectContaining({ group: "b", text: "for b" }));
    expect(said).toContainEqual(expect.objectContaining({ group: "c", text: "<no value>" }));
    const [id = ""] = readdirSync(join(directory, "outputs/composed"));
    const outputs = join(directory, "outputs/composed", id);
    expect(readdirSync(join(outputs, "a/0"))).toContain("cpu.cpuprofile");
    expect(readdirSync(join(outputs, "b/0"))).not.toContain("cpu.cpuprofile");
  });

  test("runs all its runs one after the other, though one of them fails", async () => {
    const directory = scratch();
    const runs = ["first", "second"].map(
      (id, index) =>
        `[[runs]]\nid = "${id}"\ntotal_instances = ${3 - index}\n[[runs.groups]]\nid = "a"\ninstances = { percentage = 1.0 }\n`,
    );
    const composition = { case: "fails", rest: `${group("a", 1)}${runs.join("")}` };
    const table = join(directory, "results.csv");
    const { code, stdout } = await run(directory, composition, "-O", table, "--json");
    expect(code).toBe(1);
    const [first, second] = resultsOf(stdout);
    expect(first).toMatchObject({
      run_id: "first",
      outcome: "failure",
      outcomes: { a: { total: 3 } },
    });
    expect(second).toMatchObject({ run_id: "second", outcomes: { a: { ok: 0, total: 2 } } });
    const lines = readFileSync(table, "utf8").trimEnd().split("\n");
    expect(lines[0]).toBe("run_id,task_id,outcome,error");
    expect(lines[1]).toMatch(
      new RegExp(`^first,${first?.["task_id"]},failure,".*of no use, ""alas"""$`),
    );
    expect(lines).toHaveLength(3);
  });

  test("runs those that are named, and says so in a result as JSON", async () => {
    const directory = scratch();
    const runs = ["one", "two", "three"].map(
      (id) => `[[runs]]\nid = "${id}"\n[[runs.groups]]\nid = "a"\n`,
    );
    const composition = { rest: `${group("a", 1)}${runs.join("")}` };
    const table = join(directory, "results.json");
    const args = ["--run-ids", "three,one", "-O", table];
    const { code, stdout } = await run(directory, composition, ...args);
    expect(code).toBe(0);
    expect([...stdout.matchAll(/^== run (\w+)/gm)].map(([, id]) => id)).toEqual(["three", "one"]);
    expect(JSON.parse(readFileSync(table, "utf8"))).toMatchObject([
      { run_id: "three", outcome: "success", error: "" },
      { run_id: "one", outcome: "success", error: "" },
    ]);
  });

  test.each([
    [{ case: "none", rest: group("a", 2) }, "has no test case 'none'; it has meet, raw, fails"],
    [{ case: "meet", rest: group("a", 7) }, "takes 2 to 6 instances, and 7 were asked for"],
    [{ rest: group("a", 1, "./none") }, "group 'a': there is no file './none'"],
    [{ rest: group("a", 1, plan) }, "make it executable: chmod +x"],
  ])("that cannot run is refused before anything starts: %j", async (composition, message) => {
    const directory = scratch();
    const { code, stderr } = await run(directory, composition);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(readdirSync(directory)).toEqual(["composition.toml"]);
  });

  test("says itself what the command line would say", async () => {
    const { code, stderr } = await run(scratch(), { rest: group("a", 1) }, "-n", "3");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("leave -n and --group out"),
    });
  });
});

describe("an artifact", () => {
  test("is started as local:exec would, in the outputs and with the defaults of its manifest", async () => {
    const directory = scratch();
    program(directory, "instance", LEAVES_ENVIRONMENT);
    const manifest = `name = "go-plan"
[[testcases]]
name = "raw/slash"
instances = { min = 1, max = 3 }
[testcases.params]
text = { type = "string", default = "of the manifest" }
list = { type = "[]string", default = ["a", "b"] }
none = { type = "string" }
given = { type = "int", default = 1 }
`;
    writeFileSync(join(directory, "manifest.toml"), manifest);
    const file = join(directory, "composition.toml");
    const toml = `[global]\nplan = "go-plan"\ncase = "raw/slash"\n${group("g", 2, "./instance")}
[groups.run.test_params]
given = "2"
`;
    writeFileSync(file, toml.replace("[groups.run]\n", "[groups.run]\n"));
    const args = ["run", "-c", file, "--out", join(directory, "outputs")];
    const { code, stdout, stderr } = await groundplan(args).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("go-plan/raw-slash: 2 instances in 2 of artifacts");
    expect(stdout).toContain("g[1] | text for people");
    expect(stdout).not.toContain("success_event");
    const [id = ""] = readdirSync(join(directory, "outputs/go-plan"));
    const outputs = join(directory, "outputs/go-plan", id, "g/1");
    const environment = JSON.parse(readFileSync(join(outputs, "environment.json"), "utf8"));
    expect(environment).toMatchObject({
      argv: [],
      TEST_PLAN: "go-plan",
      TEST_CASE: "raw-slash",
      TEST_RUN: id,
      TEST_INSTANCE_COUNT: "2",
      TEST_GROUP_ID: "g",
      TEST_GROUP_INSTANCE_COUNT: "2",
      TEST_INSTANCE_PARAMS: 'text=of the manifest|list=["a","b"]|given=2',
      TEST_OUTPUTS_PATH: outputs,
      TEST_SIDECAR: "false",
      TEST_SUBNET: "127.1.0.0/16",
      TEST_DISABLE_METRICS: "false",
      SYNC_SERVICE_HOST: "127.0.0.1",
      SYNC_SERVICE_PORT: expect.stringMatching(/^\d+$/),
      REDIS_HOST: "localhost",
    });
    const others = Object.keys(environment).filter(
      (name) => !/^(TEST|GROUNDPLAN|SYNC)_/.test(name),
    );
    expect(others.sort()).toEqual(["INFLUXDB_URL", "PATH", "REDIS_HOST", "argv"]);
  });

  test("that the system could not start is refused", async () => {
    const directory = scratch();
    writeFileSync(join(directory, "text"), "echo hello", { mode: 0o755 });
    const { code, stderr } = await run(directory, { rest: group("a", 1, "./text") });
    const message = "'./text' is text without a first line such as #!/usr/bin/env node";
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test("of Testground's own SDK takes part beside instances of the plan", async () => {
    const directory = scratch();
    const artifact = program(directory, "sdk", meetsBySdk(sdk));
    const rest = group("js", 2, artifact) + group("ts", 2);
    const { code, stdout, stderr } = await run(directory, { rest }, "--json");
    expect(stderr).toContain("ok: composed/raw");
    expect(code).toBe(0);
    expect(resultsOf(stdout)[0]).toMatchObject({
      outcome: "success",
      outcomes: { js: { ok: 2, total: 2 }, ts: { ok: 2, total: 2 } },
    });
  });

  test("is outside a choreography, or a bundle of it with a role", async () => {
    const directory = scratch();
    const bundle = join(directory, "bundle");
    expect((await groundplan(["bundle", plan, "-o", bundle]).finished).code).toBe(0);
    const entry = readdirSync(bundle).find((name) => name.endsWith("js") && !name.endsWith(".map"));
    const artifact = program(directory, "sdk", meetsBySdk(sdk));
    const rest =
      group("bundled", 2, join(bundle, entry ?? "")) +
      group("program", 1, artifact) +
      group("ts", 2);
    const global = `[global.run.test_params]\nothers = "1"`;
    const { code, stdout, stderr } = await run(directory, { case: "meet", global, rest }, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/met +node 2\/2/) });
    expect(resultsOf(stdout)[0]).toMatchObject({
      outcomes: { bundled: { ok: 2 }, program: { ok: 1 }, ts: { ok: 2 } },
    });
  });

  test("that fails ends the run for all, and is named", async () => {
    const directory = scratch();
    const artifact = program(directory, "fails", FAILS);
    const rest = group("bad", 1, artifact) + group("ts", 2);
    const { code, stdout } = await run(directory, { rest }, "--json");
    expect(code).toBe(1);
    expect(resultsOf(stdout)[0]).toMatchObject({
      outcome: "failure",
      error: expect.stringContaining("bad[0]: no route to host"),
      failures: [{ group: "bad", ordinal: 0, type: "failed", error: "no route to host" }],
      outcomes: { bad: { ok: 0, total: 1 }, ts: { ok: 0, total: 2 } },
    });
  });

  test("that says nothing of its outcome has crashed", async () => {
    const directory = scratch();
    const artifact = program(directory, "silent", SAYS_NOTHING);
    const { code, stdout } = await run(directory, { rest: group("a", 1, artifact) }, "--json");
    expect(code).toBe(1);
    expect(resultsOf(stdout)[0]).toMatchObject({
      failures: [
        { type: "crashed", error: "it exited with code 0 without an event of its outcome" },
      ],
    });
  });

  test("that does not end is ended with all it started", async () => {
    const directory = scratch();
    const artifact = program(directory, "endless", NEVER_ENDS);
    const file = write(directory, { rest: group("a", 2, artifact) });
    const running = groundplan(["run", "-c", file, "--out", join(directory, "outputs")]);
    const found = await Promise.all(
      [0, 1].map((i) => running.until(new RegExp(`a\\[${i}\\] \\| children (\\d+) (\\d+)`))),
    );
    running.process.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    const pids = found.flatMap(([, ...both]) => both.map(Number));
    expect(pids).toHaveLength(4);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
