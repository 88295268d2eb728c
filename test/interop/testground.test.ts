import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildGo } from "./go-program.ts";
import { type Said, Testground } from "./testground.ts";

const go = join(import.meta.dirname, "go");
/** The command and daemon of Testground v0.6.0. */
const program = await buildGo(join(go, "testground"), {
  program: "github.com/testground/testground",
});
const goPlan = await buildGo(join(go, "sdk"), { program: "./plan" });

const TIME = 120_000;

describe.skipIf(program === undefined)("Testground's daemon v0.6.0 with runner local:exec", () => {
  let testground: Testground;
  let artifact: string;

  beforeAll(async () => {
    testground = await Testground.start(program ?? "");
    artifact = await testground.importPlan(join(import.meta.dirname, "interop-plan.ts"), "interop");
  }, TIME);

  afterAll(() => testground?.[Symbol.asyncDispose]());

  function single(testCase: string, ...more: readonly string[]): Promise<Said> {
    const how = ["--builder", "exec:go", "--runner", "local:exec", "--wait"];
    const what = ["--plan", "interop", "--testcase", testCase, "--use-build", artifact];
    return testground.command("run", "single", ...what, ...how, ...more);
  }

  /** The classes of the lines that Testground printed of what instances said, each once. */
  function classes({ text }: Said): readonly string[] {
    const found = [...text.matchAll(/\d+\.\d+s +([A-Z_]+) +<</g)].map(([, name = ""]) => name);
    return [...new Set(found)].sort();
  }

  function left(said: Said, group: string, i: number, name: string): string {
    return readFileSync(join(testground.outputs("interop", said, group, i), name), "utf8");
  }

  test("passes a plan that passes, and collects what it left", { timeout: TIME }, async () => {
    const archive = join(testground.home, "collected");
    const said = await single("meet", "--instances", "3", "--collect", "--collect-file", archive);
    expect(said.code, said.text).toBe(0);
    expect(said.text.match(/ OK <</g)).toHaveLength(3);
    expect(classes(said)).toEqual(["MESSAGE", "OK", "START"]);
    const { text } = await testground.command("status", "-t", said.run);
    expect(text).toMatch(/Outcome:\s+success/);
    for (const i of [0, 1, 2]) {
      expect(left(said, "single", i, "run.out")).toContain("success_event");
      expect(left(said, "single", i, "run.err")).toBe("");
    }
    const entries = entriesOf(`${archive}.tgz`);
    for (const i of [0, 1, 2]) {
      expect(entries).toContain(`${said.run}/single/${i}/run.out`);
      expect(entries).toContain(`${said.run}/single/${i}/seen.json`);
    }
  });

  test.each([
    ["fails", "fail", "FAIL"],
    ["crashes", "crash", "CRASH"],
    ["does not know the test case", "unheard-of", "FAIL"],
  ])(
    "fails a plan that %s, with the number of instances",
    async (_what, testCase, shown) => {
      const cases = '[[testcases]]\nname = "unheard-of"\ninstances = { min = 1, max = 9 }\n';
      if (testCase === "unheard-of") testground.extendManifest("interop", cases);
      const said = await single(testCase, "--instances", "2");
      expect(said.code, said.text).toBe(1);
      expect(said.text).toContain("task of type run cancelled: 2 nodes failed");
      expect(classes(said)).toContain(shown);
      expect(classes(said)).not.toContain("INCOMPLETE");
      const { text } = await testground.command("status", "-t", said.run);
      expect(text).toMatch(/Outcome:\s+canceled/);
    },
    TIME,
  );

  test(
    "gives parameters of the manifest and the command, and reads the longest message",
    async () => {
      const said = await single(
        "read",
        ...["--instances", "1", "--test-param", "rounds=7", "--test-param", "own=a=b"],
      );
      expect(said.code, said.text).toBe(0);
      // The label is declared without a default; Testground gives the text "null" for it.
      expect(JSON.parse(left(said, "single", 0, "seen.json"))).toEqual({
        rounds: 7,
        peers: ["a", "b"],
        text: "from the manifest",
        own: "a=b",
      });
      expect(classes(said)).toEqual(["MESSAGE", "OK", "START"]);
    },
    TIME,
  );

  test(
    "runs a composition of a group of Go and one of ours",
    async () => {
      const composition = join(testground.home, "both.toml");
      writeFileSync(composition, compositionOf({ go: goPlan ?? "", ts: artifact }));
      const result = join(testground.home, "result.csv");
      const how = ["--wait", "--result-file", result];
      const said = await testground.command("run", "composition", "-f", composition, ...how);
      expect(said.code, said.text).toBe(0);
      expect(said.text.match(/ OK <</g)).toHaveLength(4);
      expect(readFileSync(result, "utf8")).toContain(`${said.run},success`);
      for (const group of ["go", "ts"]) {
        for (const i of [0, 1]) {
          const { addresses } = JSON.parse(left(said, group, i, "seen.json"));
          expect(addresses).toHaveLength(4);
        }
      }
      expect(existsSync(join(testground.outputs("interop", said, "ts", 0), "results.out"))).toBe(
        true,
      );
    },
    TIME,
  );
});

function compositionOf(artifacts: Readonly<Record<string, string>>): string {
  const groups = Object.entries(artifacts).map(
    ([id, artifact]) => `
[[groups]]
id = "${id}"
instances = { count = 2 }
[groups.run]
artifact = "${artifact}"
`,
  );
  return `
[metadata]
name = "both"
[global]
plan = "interop"
case = "meet"
builder = "exec:go"
runner = "local:exec"
total_instances = 4
${groups.join("")}`;
}

function entriesOf(archive: string): readonly string[] {
  return execFileSync("tar", ["-tzf", archive], { encoding: "utf8" }).split("\n");
}
