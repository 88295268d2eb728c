import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plan } from "@groundplan/dsl";
import { type ManifestCase, manifest, manifestData } from "@groundplan/dsl/tools";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { hasPackagesAbove, leftBehind, type Meeting, runBundle } from "./bundled-run.ts";
import { groundplan, Running, scratch } from "./groundplan.ts";

const plansDirectory = fileURLToPath(new URL("../plans/", import.meta.url));
// Not those of the guide: some end badly, wait for programs in other languages or are decided by lot, on purpose.
const planFiles = readdirSync(plansDirectory, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !/^(node_modules|guide)\b/.test(name))
  .map((name) => join(plansDirectory, name))
  .filter((file) => readFileSync(file, "utf8").includes("\nexport default "))
  .sort();
const pingPong = join(plansDirectory, "ping-pong.ts");

async function planOf(file: string): Promise<Plan> {
  return (await import(pathToFileURL(file).href)).default;
}

/** A new bundle of the plan; the path of its program. */
async function bundle(file: string, ...options: readonly string[]): Promise<string> {
  const directory = join(scratch(), "bundle");
  const { code, stderr } = await groundplan(["bundle", file, "-o", directory, ...options]).finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(hasPackagesAbove(directory)).toBe(false);
  return join(directory, "plan.mjs");
}

/** A test case as it is run here, and what instances of it leave when they are run from source. */
interface Expected {
  readonly testCase: ManifestCase;
  readonly instances: number;
  readonly leaves: readonly string[];
}

async function fromSource(file: string, testCase: ManifestCase): Promise<Expected> {
  const { min, max, default: fewest } = testCase.instances;
  const instances = Math.min(max, Math.max(4, min, fewest));
  const out = scratch();
  const args = ["run", file, testCase.name, "-n", `${instances}`, "--out", out];
  const { code, stderr } = await groundplan(args).finished;
  expect({ code, stderr }, testCase.name).toEqual({ code: 0, stderr: "" });
  const [plan = ""] = readdirSync(out);
  const [run = ""] = readdirSync(join(out, plan));
  return { testCase, instances, leaves: leftBehind(join(out, plan, run, "single")) };
}

/** Runs a bundle with a runner's environment, and expects it to leave what it leaves from source. */
async function expectSame(
  program: string,
  plan: string,
  { testCase, instances, leaves }: Expected,
  meeting: Meeting,
): Promise<void> {
  const outputs = scratch();
  const ended = await runBundle({ program, plan, testCase, instances, outputs, meeting });
  for (const { code, stdout, stderr } of ended) {
    expect({ code, stderr }, testCase.name).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/"success_event":\{"group":"single"/g)).toHaveLength(1);
  }
  expect(leftBehind(join(outputs, "single")), testCase.name).toEqual(leaves);
}

/** Whether a case is refused on a machine without a sidecar, from source as well. */
function needsSidecar(plan: Plan, name: string): boolean {
  const found = plan.cases[name];
  if (found?.type !== "choreography") return false;
  return JSON.stringify(found.define().stages).includes('"requires":"sidecar"');
}

describe("with nothing but a runner's environment, a bundle leaves what its plan leaves from source:", () => {
  const names = planFiles.map((file) => [relative(plansDirectory, file), file] as const);
  test.each(names)("%s", { timeout: 300_000 }, async (_name, file) => {
    const plan = await planOf(file);
    const { name, cases } = manifestData(plan);
    const service = groundplan(["service", "--port", "0"]);
    const [, port = ""] = await service.until(/ws:\/\/[\d.]+:(\d+)/);
    const program = await bundle(file);
    const expected: Expected[] = [];
    for (const testCase of cases.filter((each) => !needsSidecar(plan, each.name))) {
      expected.push(await fromSource(file, testCase));
    }
    for (const each of expected) await expectSame(program, name, each, { SYNC_SERVICE_PORT: port });
    const redisUrl = inject("redisUrl");
    const [first] = expected;
    if (redisUrl === undefined || first === undefined) return;
    const redis = new URL(redisUrl);
    const meeting = { REDIS_HOST: redis.hostname, REDIS_PORT: redis.port };
    await expectSame(await bundle(file, "--store", "redis"), name, first, meeting);
  });
});

describe("a bundle", () => {
  const directory = join(mkdtempSync(join(tmpdir(), "groundplan-test-")), "bundle");
  const program = join(directory, "plan.mjs");

  beforeAll(() => {
    execFileSync(process.execPath, [
      fileURLToPath(new URL("../packages/cli/bin/groundplan.js", import.meta.url)),
      "bundle",
      pingPong,
      "-o",
      directory,
    ]);
  });
  afterAll(() => rmSync(join(directory, ".."), { recursive: true }));

  test("has all that Testground asks of a plan's directory", async () => {
    expect(readdirSync(directory).sort()).toEqual([
      ".groundplan-bundle.json",
      ".testgroundignore",
      "Dockerfile",
      "manifest.toml",
      "package-lock.json",
      "package.json",
      "plan.mjs",
      "plan.mjs.map",
    ]);
    const text = readFileSync(join(directory, "manifest.toml"), "utf8");
    expect(text).toBe(manifest(await planOf(pingPong)));
    expect(statSync(program).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(directory, ".testgroundignore"), "utf8")).toContain("node_modules\n");
  });

  test("started by hand says what it is, exit 64", async () => {
    const { code, stdout, stderr } = await new Running(program, []).finished;
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toMatch(/^ping-pong is a test plan with the test cases ping-pong\.\n/);
  });

  test("started for a case it does not have fails with its one terminal event", async () => {
    const { code, stdout } = await new Running(program, [], {
      TEST_CASE: "other",
      TEST_RUN: "r",
      SYNC_SERVICE_HOST: "127.0.0.1",
      SYNC_SERVICE_PORT: "1",
    }).finished;
    expect(code).toBe(1);
    expect(stdout.match(/"(success|failure|crash)_event"/g)).toEqual(['"failure_event"']);
  });

  test("installs nothing, offline, and is started by npm", async () => {
    const install = ["ci", "--offline", "--no-audit", "--no-fund"];
    expect(execFileSync("npm", install, { cwd: directory, encoding: "utf8" })).toContain(
      "up to date",
    );
    const { code, stderr } = await new Running("npm", ["--prefix", directory, "start"]).finished;
    expect(code).toBe(64);
    expect(stderr).toContain("ping-pong is a test plan");
  });

  test("has a Dockerfile that copies what is there, and starts the program as root without arguments", async () => {
    const text = readFileSync(join(directory, "Dockerfile"), "utf8");
    const instructions = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(instructions.join("\n")).toMatchInlineSnapshot(`
      "ARG BASE_IMAGE=node:22-slim
      FROM \${BASE_IMAGE}
      ARG PLAN_PATH=.
      WORKDIR /plan
      COPY plan/\${PLAN_PATH}/plan.mjs plan/\${PLAN_PATH}/plan.mjs.map ./
      EXPOSE 6060
      ENTRYPOINT ["node", "--enable-source-maps", "/plan/plan.mjs"]"
    `);
    // docker:generic gives PLAN_PATH the empty text unless it is configured.
    const copied = /^COPY (.*) \.\/$/m.exec(text.replaceAll(/\$\{PLAN_PATH\}/g, ""))?.[1] ?? "";
    const context = scratch();
    cpSync(directory, join(context, "plan"), { recursive: true });
    for (const source of copied.split(" ")) {
      expect(statSync(join(context, source)).isFile()).toBe(true);
    }
  });
});

describe("groundplan bundle", () => {
  /** A plan in a directory of its own, with a package beside it. */
  function project(plan: string, dependency: string): string {
    const directory = scratch();
    for (const name of ["dep", "@groundplan"]) {
      mkdirSync(join(directory, "node_modules", name), { recursive: true });
    }
    const dsl = fileURLToPath(new URL("../packages/dsl", import.meta.url));
    symlinkSync(dsl, join(directory, "node_modules/@groundplan/dsl"));
    writeFileSync(join(directory, "node_modules/dep/package.json"), '{"name":"dep"}');
    writeFileSync(join(directory, "node_modules/dep/index.js"), dependency);
    writeFileSync(join(directory, "plan.ts"), plan);
    return directory;
  }

  const small = 'import { plan, testcase } from "@groundplan/dsl";\n';
  const exported = 'export default plan("small", { small: testcase(async () => {}) });\n';

  /** What it says of the project, and how it ends. */
  async function attempt(directory: string, ...options: readonly string[]): Promise<string> {
    const args = ["bundle", join(directory, "plan.ts"), "-o", join(directory, "out"), ...options];
    const { code, stdout, stderr } = await groundplan(args).finished;
    return `${code}: ${stdout}${stderr}`.replaceAll(directory, "");
  }

  test("refuses a package that reads a file beside it as it is loaded, with the way it came in", async () => {
    const read = 'exports.text = require("fs").readFileSync(__dirname + "/data.txt", "utf8");';
    const directory = project(`${small}import { text } from "dep";\nvoid text;\n${exported}`, read);
    writeFileSync(join(directory, "node_modules/dep/data.txt"), "here");
    const text = await attempt(directory);
    expect(text.replace(/open '.*'/, "open '…'")).toMatchInlineSnapshot(`
      "2: groundplan: the plan '/plan.ts' cannot be bundled: loaded without the directory it lies in, it fails with: ENOENT: no such file or directory, open '…'
        at line 1 of dep/index.js < plan.ts
      "
    `);
    expect(readdirSync(directory)).not.toContain("out");
  });

  test("refuses a plan that throws, with its place", async () => {
    const directory = project(`${small}throw new Error("not today");\n${exported}`, "");
    expect(await attempt(directory)).toMatchInlineSnapshot(`
      "2: groundplan: the plan '/plan.ts' cannot be bundled: loaded without the directory it lies in, it fails with: not today
        at line 2 of plan.ts
      "
    `);
  });

  test("refuses a file without a plan", async () => {
    expect(await attempt(project("export const n = 1;\n", ""))).toMatchInlineSnapshot(`
      "2: groundplan: '/plan.ts' exports no plan: it has no default export; write export default plan("name", { … })
      "
    `);
  });

  test("refuses a directory that is not its own, and takes it when it is told to", async () => {
    const directory = project(small + exported, "");
    mkdirSync(join(directory, "out"));
    writeFileSync(join(directory, "out/Dockerfile"), "mine");
    expect(await attempt(directory)).toMatchInlineSnapshot(`
      "2: groundplan: '/out' is not empty, and is no bundle: it would replace Dockerfile; choose another directory, or add --force
      "
    `);
    expect(readFileSync(join(directory, "out/Dockerfile"), "utf8")).toBe("mine");
    expect(await attempt(directory, "--force")).toMatch(/^0: bundled small into \/out:\n/);
    expect(await attempt(directory)).toMatch(/^0: /);
  });
});

describe("what a plan is", () => {
  test("is printed as Testground's manifest, or written to a file", async () => {
    const expected = manifest(await planOf(pingPong));
    expect((await groundplan(["manifest", pingPong]).finished).stdout).toBe(expected);
    const file = join(scratch(), "manifest.toml");
    const { code, stdout } = await groundplan(["manifest", pingPong, "-o", file]).finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(readFileSync(file, "utf8")).toBe(expected);
  });

  test("is described for people", async () => {
    const { stdout } = await groundplan(["describe", pingPong]).finished;
    expect(stdout).toMatchInlineSnapshot(`
      "plan ping-pong, with 1 test case
        builders  docker:generic, docker:node, exec:go
        runners   local:exec, local:docker, cluster:k8s

      ping-pong: every peer pings the seed over TCP
        instances   2 or more
        parameters  rounds  int  default 5  pings of each peer
      "
    `);
  });
});
