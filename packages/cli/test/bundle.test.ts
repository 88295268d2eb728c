import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { compileAlone } from "../src/bundle/compile-alone.ts";
import { fileNotes } from "../src/bundle/file-notes.ts";
import { checkTarget, writeTarget } from "../src/bundle/target-directory.ts";

const pingPong = fileURLToPath(new URL("../../../plans/ping-pong.ts", import.meta.url));
const options = { store: "service", allowDynamic: [] } as const;

function scratch(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "groundplan-bundle-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory with a plan, and packages beside it. */
function project(files: Readonly<Record<string, string>>): string {
  const directory = scratch();
  mkdirSync(join(directory, "node_modules/@groundplan"), { recursive: true });
  const dsl = fileURLToPath(new URL("../../dsl", import.meta.url));
  symlinkSync(dsl, join(directory, "node_modules/@groundplan/dsl"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** A plan that begins with these lines. */
function planText(...lines: readonly string[]): string {
  return [
    'import { plan, testcase } from "@groundplan/dsl";',
    ...lines,
    'export default plan("small", { small: testcase(async () => {}) });',
  ].join("\n");
}

describe("a program that stands alone", () => {
  test("has what the plan needs and neither the command nor what compiles", async () => {
    const { code, inputs } = await compileAlone(pingPong, options);
    const has = (part: string): boolean => inputs.some((path) => path.includes(part));
    expect(
      ["ioredis", "ws", "zod", "/dsl/src/", "/runtime/src/", "/sync/src/"].filter(has),
    ).toEqual(["ioredis", "ws", "zod", "/dsl/src/", "/runtime/src/", "/sync/src/"]);
    const foreign = [
      "yargs",
      "esbuild",
      "tsx",
      "/cli/",
      "@babel",
      "smol-toml",
      "vitest",
      "/tools/",
    ];
    expect(foreign.filter(has)).toEqual([]);
    expect(code).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(code).toMatch(/\n\/\/# sourceMappingURL=plan\.mjs\.map\n$/);
  });

  test("is the same, byte for byte, wherever the plan lies", async () => {
    const files = {
      "plan.ts": planText('import { n } from "./n.ts";', "void n;"),
      "n.ts": "export const n = 1;",
    };
    const [one, other] = await Promise.all(
      [project(files), project(files)].map((directory) =>
        compileAlone(join(directory, "plan.ts"), options),
      ),
    );
    expect(one?.code).not.toBe("");
    // A link leads from each to the workspace, by a path of the same length.
    expect(one?.code).toBe(other?.code);
    expect(one?.map).toBe(other?.map);
  });

  test("has a source map that names its sources and quotes them", async () => {
    const { map } = await compileAlone(pingPong, options);
    const { sources, sourcesContent } = JSON.parse(map);
    const at = sources.indexOf("ping-pong.ts");
    expect(sourcesContent[at]).toBe(readFileSync(pingPong, "utf8"));
  });
});

describe("refused, with the reason and the way it came in:", () => {
  /** What compiling says against a plan of these files. */
  async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
    const directory = project(files);
    const error = await compileAlone(join(directory, "plan.ts"), options).then(
      () => new Error("it was compiled"),
      (reason: Error) => reason,
    );
    return error.message.replaceAll(directory, "");
  }

  const dependency = (index: string, manifest: object = {}): Readonly<Record<string, string>> => ({
    "node_modules/dep/package.json": JSON.stringify({ name: "dep", main: "index.js", ...manifest }),
    "node_modules/dep/index.js": index,
    "lib.ts": 'export * as dep from "dep";',
    "plan.ts": planText('import { dep } from "./lib.ts";', "void dep;"),
  });

  test("a package that is not there", async () => {
    const files = dependency('module.exports = require("missing-package");');
    expect(await refusal(files)).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] Could not resolve "missing-package"

          node_modules/dep/index.js:1:25:
            1 │ module.exports = require("missing-package");
              ╵                          ~~~~~~~~~~~~~~~~~

        imported by: dep/index.js < lib.ts < plan.ts"
    `);
  });

  test("a file compiled for one platform", async () => {
    const files = dependency('module.exports = require("./build/dep.node");');
    expect(
      await refusal({ ...files, "node_modules/dep/build/dep.node": "" }),
    ).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] "./build/dep.node" is a native addon, compiled for one platform: it cannot be bundled

          node_modules/dep/index.js:1:25:
            1 │ module.exports = require("./build/dep.node");
              ╵                          ~~~~~~~~~~~~~~~~~~

        imported by: dep/index.js < lib.ts < plan.ts"
    `);
  });

  test("a package that is built where it is installed", async () => {
    expect(await refusal(dependency("", { gypfile: true }))).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] package "dep" is a native addon, compiled for one platform: it cannot be bundled

          lib.ts:1:21:
            1 │ export * as dep from "dep";
              ╵                      ~~~~~

        imported by: lib.ts < plan.ts"
    `);
  });

  test("a require of what only the run knows", async () => {
    const files = dependency("exports.load = (name) => require(name);");
    expect(await refusal(files)).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] what is loaded here is decided at run time, so it cannot be in the bundle; if the plan never gets there, say --allow-dynamic dep

          node_modules/dep/index.js:1:25:
            1 │ exports.load = (name) => require(name);
              ╵                          ~~~~~~~

        imported by: dep/index.js < lib.ts < plan.ts"
    `);
  });

  test("an import of what only the run knows", async () => {
    const files = { "plan.ts": planText("export const load = (name: string) => import(name);") };
    expect(await refusal(files)).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] what is loaded here is decided at run time, so it cannot be in the bundle; write the name as a literal

          plan.ts:2:38:
            2 │ export const load = (name: string) => import(name);
              ╵                                       ~~~~~~"
    `);
  });

  test("a source that looks beside itself", async () => {
    const line = 'export const file = () => new URL("./data.bin", import.meta.url);';
    expect(await refusal({ "plan.ts": planText(line) })).toMatchInlineSnapshot(`
      "the plan '/plan.ts' cannot be compiled:
      ✘ [ERROR] import.meta.url names the place of a source file, and a bundle has only itself: import what lies beside it (JSON and modules become part of the bundle), or name it by a parameter

          plan.ts:2:48:
            2 │ export const file = () => new URL("./data.bin", import.meta.url);
              ╵                                                 ^"
    `);
  });
});

describe("bundled all the same:", () => {
  /** A plan of these files, compiled. */
  function compiled(
    files: Readonly<Record<string, string>>,
    allowDynamic: readonly string[] = [],
  ): ReturnType<typeof compileAlone> {
    return compileAlone(join(project(files), "plan.ts"), { ...options, allowDynamic });
  }

  test("a native addon that its importer does without", async () => {
    const { code } = await compiled({
      "node_modules/dep/package.json": JSON.stringify({
        name: "dep",
        optionalDependencies: { fast: "1" },
      }),
      "node_modules/dep/index.js":
        'try { exports.fast = require("fast"); } catch { exports.slow = "slow way"; }',
      "node_modules/fast/package.json": JSON.stringify({ name: "fast", gypfile: true }),
      "node_modules/fast/index.js": 'exports.way = "fast way";',
      "plan.ts": planText(
        'import { slow } from "dep";',
        'if (slow !== "slow way") throw new Error(slow);',
      ),
    });
    expect(code).not.toContain("fast way");
  });

  test("a package whose loads the user answers for", async () => {
    const files = {
      "node_modules/dep/package.json": '{"name":"dep"}',
      "node_modules/dep/index.js": "exports.load = (name) => require(name);",
      "plan.ts": planText('import { load } from "dep";', "void load;"),
    };
    expect((await compiled(files, ["dep"])).code).toContain("exports.load = ");
  });

  test("a package that reads files beside it later, with a note", async () => {
    const alone = await compiled({
      "node_modules/dep/package.json": '{"name":"dep"}',
      "node_modules/dep/index.js":
        'exports.text = () => require("fs").readFileSync(require("path").join(__dirname, "data.txt"));',
      "plan.ts": planText('import { text } from "dep";', "void text;"),
    });
    expect(await fileNotes(alone)).toEqual([
      "package 'dep' reads files beside its code, and they are not in the bundle (dep/index.js < plan.ts)",
    ]);
  });

  test("JSON beside the plan, which becomes part of it", async () => {
    const { code } = await compiled({
      "data.json": '{"word":"xylophone"}',
      "plan.ts": planText(
        'import data from "./data.json" with { type: "json" };',
        "void data.word.length;",
      ),
    });
    expect(code).toContain("xylophone");
  });
});

describe("a directory for a bundle", () => {
  const files = { "plan.mjs": "program", Dockerfile: "FROM scratch" };
  const names = Object.keys(files);

  test("is made, with a program that can be executed", async () => {
    const directory = join(scratch(), "a/b");
    await checkTarget({ directory, force: false }, names);
    await writeTarget({ directory, force: false }, files, "plan.mjs");
    expect(readdirSync(directory).sort()).toEqual([
      ".groundplan-bundle.json",
      "Dockerfile",
      "plan.mjs",
    ]);
  });

  test("that has a former bundle takes the next one, and keeps what else is there", async () => {
    const target = { directory: scratch(), force: false };
    await writeTarget(target, files, "plan.mjs");
    writeFileSync(join(target.directory, "composition.toml"), "mine");
    await checkTarget(target, names);
    await writeTarget(target, { ...files, "plan.mjs": "new" }, "plan.mjs");
    expect(readFileSync(join(target.directory, "plan.mjs"), "utf8")).toBe("new");
    expect(readFileSync(join(target.directory, "composition.toml"), "utf8")).toBe("mine");
  });

  test("with files of somebody else is refused, naming those that would be lost", async () => {
    const directory = scratch();
    writeFileSync(join(directory, "Dockerfile"), "mine");
    writeFileSync(join(directory, "notes.txt"), "mine");
    await expect(checkTarget({ directory, force: false }, names)).rejects.toThrow(
      `'${directory}' is not empty, and is no bundle: it would replace Dockerfile; choose another directory, or add --force`,
    );
    await checkTarget({ directory, force: true }, names);
  });

  test("with nothing to lose is refused as well, if no bundle was there", async () => {
    const directory = scratch();
    writeFileSync(join(directory, "notes.txt"), "mine");
    await expect(checkTarget({ directory, force: false }, names)).rejects.toThrow(
      "it would replace none of them",
    );
  });

  test("whose files were edited since is refused", async () => {
    const target = { directory: scratch(), force: false };
    await writeTarget(target, files, "plan.mjs");
    writeFileSync(join(target.directory, "Dockerfile"), "FROM mine");
    await expect(checkTarget(target, names)).rejects.toThrow(
      "has files that are not as they were bundled: it would replace Dockerfile",
    );
  });

  test("that cannot be written to is named", async () => {
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    chmodSync(file, 0o444);
    await expect(checkTarget({ directory: file, force: false }, names)).rejects.toThrow(
      `'${file}' cannot be bundled into: ENOTDIR`,
    );
  });
});
