import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const tsc = path("../../../node_modules/typescript/bin/tsc");

/** Three stages a step, each tied to the one before: a value, what all have, and its use. */
function program(steps: number): string {
  const lines = Array.from({ length: steps }, (_, i) => [
    `const n${i + 1} = c.everyone("n${i + 1}", { n${i} }, ({ n${i}, me }) => n${i} + me.id);`,
    `const all${i} = c.exchange("all${i}", n${i + 1});`,
    `c.run("use${i}", "peer", { all${i} }, ({ all${i} }) => all${i}.seed + all${i}.peer.length);`,
  ]);
  return `import { choreography, one, rest } from "@groundplan/dsl";
export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
const n0 = c.everyone("n0", {}, () => 0);
${lines.flat().join("\n")}
});`;
}

/** What the compiler says of the program, and how many types it had to make of others. */
function compile(steps: number): Promise<{ readonly errors: string; readonly made: number }> {
  const folder = mkdtempSync(join(tmpdir(), "groundplan-stages-"));
  const compilerOptions = {
    noEmit: true,
    types: [],
    paths: { "@groundplan/dsl": [path("../src/index.ts")] },
  };
  const config = { extends: path("../../../tsconfig.base.json"), compilerOptions };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "plan.ts"), program(steps));
  const args = [tsc, "--pretty", "false", "--extendedDiagnostics", "--project", folder];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (_error, stdout) => {
      rmSync(folder, { recursive: true });
      const errors = stdout.split("\n").filter((line) => line.includes("error TS"));
      const made = Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
      resolve({ errors: errors.join("\n"), made });
    });
  });
}

test("600 stages compile, and each costs the compiler no more than one of a few", async () => {
  const few = await compile(0);
  const some = await compile(20);
  const many = await compile(200);
  expect([few.errors, some.errors, many.errors]).toEqual(["", "", ""]);
  const each = (some.made - few.made) / 60;
  // What the first stage of a kind takes, the others have for nothing.
  expect((many.made - few.made) / 600).toBeLessThanOrEqual(each);
});
