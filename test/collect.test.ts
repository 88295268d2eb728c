import { spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { groundplan, scratch } from "./groundplan.ts";

const coordination = "plans/coordination.ts";

/** The names in an archive, sorted. */
function namesIn(file: string): readonly string[] {
  const { stdout } = spawnSync("tar", ["-tzf", file], { encoding: "utf8" });
  return stdout.trimEnd().split("\n").sort();
}

test("a run's outputs are collected as <run>/<group>/<n>, by its id", async () => {
  const directory = scratch();
  const out = join(directory, "outputs");
  const groups = ["--group", "a=1", "--group", "b=2"];
  const run = ["run", coordination, "bootstrap", ...groups, "--out", out];
  const { stdout } = await groundplan(run).finished;
  const [, id = ""] = /\(run (\w{20})\)/.exec(stdout) ?? [];
  const instance = join(out, "coordination", id, "b/1");
  writeFileSync(join(instance, "asset.txt"), "kept");
  symlinkSync("/etc/hostname", join(instance, "link"));
  const file = join(directory, "outputs.tar.gz");
  const collected = await groundplan(["collect", id, "--out", out, "-o", file]).finished;
  expect(collected).toMatchObject({ code: 0, stdout: `created file: ${file}\n`, stderr: "" });
  const names = namesIn(file);
  expect(names).toContain(`${id}/a/0/run.out`);
  expect(names).toContain(`${id}/b/1/asset.txt`);
  expect(names).toContain(`${id}/result.json`);
  expect(names.filter((name) => name.includes("link"))).toEqual([]);
  expect(names.every((name) => name.startsWith(`${id}/`))).toBe(true);
});

test("a run that is not there cannot be collected", async () => {
  const out = scratch();
  const { code, stderr } = await groundplan(["collect", "none", "--out", out]).finished;
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `groundplan: there is no run 'none' in '${out}'; say with --out where its outputs are\n`,
  });
});

test("--collect packs what a run leaves, failed or not, under the name given", async () => {
  const directory = scratch();
  const file = join(directory, "a.tgz");
  const args = ["test/fixtures/stuck.ts", "throws", "-n", "2", "--out", directory];
  const { code } = await groundplan(["run", ...args, "--collect", "-o", file]).finished;
  expect(code).toBe(1);
  const names = namesIn(file);
  expect(names.some((name) => /^\w{20}\/single\/1\/run\.out$/.test(name))).toBe(true);
});
