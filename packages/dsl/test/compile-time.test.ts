import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largePlan } from "./large-plan.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** The first of a plan's stages cost what the library itself does. */
const BASELINE = 12;
const LARGE = 600;

describe("the compiler", () => {
  it("checks a plan of 600 stages in less than 1.5 s more than one of a few", async () => {
    const small = project(largePlan(BASELINE));
    const large = project(largePlan(LARGE));
    const more: number[] = [];
    // In turns, and the best of some: another process may have the processors for a while.
    for (let i = 0; i < 4; i++) {
      const baselineMs = (await compile(small)).ms;
      more.push((await compile(large)).ms - baselineMs);
    }
    expect(Math.min(...more)).toBeLessThan(1_500);
  });

  it("does no more for a stage of a large plan than for one of a small plan", async () => {
    const [none = 0, half = 0, all = 0] = await Promise.all(
      [BASELINE, BASELINE + LARGE / 2, BASELINE + LARGE].map(async (stages) => {
        return (await compile(project(largePlan(stages)))).instantiations;
      }),
    );
    expect(half - none).toBeGreaterThan(LARGE);
    expect(all - half).toBeLessThan((half - none) * 1.05);
  });

  it.each([
    ["a misspelt handle", "{ socket: socket20 }", "{ socket: sockets20 }", "sockets20"],
    ["a role that there is not", '"dial-20", "peer"', '"dial-20", "pear"', '"pear"'],
    ["a misspelt role in a roster", "results.peer.flat", "results.pear.flat", "pear"],
    ["a role misspelt at a barrier", '["peer", "seed"]', '["peer", "sed"]', '"sed"'],
  ])("points at %s in a large plan before anything else", async (_, right, wrong, token) => {
    const source = largePlan(LARGE).replace(right, wrong);
    const [first = { line: 0, column: 0 }] = (await compile(project(source))).errors;
    expect(tokenAt(source, first.line, first.column)).toBe(token);
  });
});

interface Compiled {
  readonly ms: number;
  readonly instantiations: number;
  readonly errors: readonly { readonly line: number; readonly column: number }[];
}

let scratch = "";
let projects = 0;

// A plan's author compiles against the packages as they are published: declarations, which are not checked again.
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "groundplan-compile-"));
  await Promise.all(["sync", "runtime", "dsl"].map(publish));
  const types = join(root, "packages/dsl/node_modules/@types");
  symlinkSync(types, join(scratch, "node_modules/@types"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function publish(name: string): Promise<void> {
  const source = join(root, "packages", name);
  const target = join(scratch, "node_modules/@groundplan", name);
  mkdirSync(join(target, "node_modules"), { recursive: true });
  const dependencies = readdirSync(join(source, "node_modules"));
  for (const each of dependencies.filter((found) => found !== "@groundplan")) {
    symlinkSync(join(source, "node_modules", each), join(target, "node_modules", each));
  }
  const { publishConfig } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const manifest = { name: `@groundplan/${name}`, type: "module", ...publishConfig };
  writeFileSync(join(target, "package.json"), JSON.stringify(manifest));
  const flags = ["--noCheck", "--emitDeclarationOnly", "--outDir", join(target, "dist")];
  const info = ["--tsBuildInfoFile", join(target, ".tsbuildinfo")];
  await tsc(["--project", join(source, "tsconfig.build.json"), ...flags, ...info]);
}

/** A directory with the plan, from which the packages are found. */
function project(source: string): string {
  const directory = join(scratch, `${projects++}`);
  mkdirSync(directory);
  const extended = join(root, "tsconfig.base.json");
  const config = { extends: extended, files: ["plan.ts"], compilerOptions: { noEmit: true } };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(directory, "plan.ts"), source);
  return directory;
}

async function compile(directory: string): Promise<Compiled> {
  const args = ["--pretty", "false", "--extendedDiagnostics", "--project", directory];
  const start = performance.now();
  const stdout = await tsc(args);
  const ms = performance.now() - start;
  const [, count] = /^Instantiations: +(\d+)$/m.exec(stdout) ?? [];
  const found = stdout.matchAll(/plan\.ts\((\d+),(\d+)\): error/g);
  const errors = [...found].map(([, line, column]) => ({
    line: Number(line),
    column: Number(column),
  }));
  return { ms, instantiations: Number(count), errors };
}

/** It exits with an error code where there is something wrong; what it prints decides. */
function tsc(args: readonly string[]): Promise<string> {
  const program = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (_error, stdout) => resolve(stdout));
  });
}

function tokenAt(source: string, line: number, column: number): string {
  const text = source.split("\n")[line - 1]?.slice(column - 1) ?? "";
  return /^(?:"[^"]*"|\w+|.)/.exec(text)?.[0] ?? "";
}
