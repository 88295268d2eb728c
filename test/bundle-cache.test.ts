import { mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { groundplan, scratch } from "./groundplan.ts";

/** A directory with packages of its own, among which the bundles of its plans are kept. */
function project(): string {
  const directory = scratch();
  const packages = join(directory, "node_modules/@groundplan");
  mkdirSync(packages, { recursive: true });
  symlinkSync(realpathSync("test/node_modules/@groundplan/dsl"), join(packages, "dsl"));
  return directory;
}

function writePlan(directory: string, throws = ""): void {
  writeFileSync(
    join(directory, "plan.ts"),
    `import { choreography, plan, rest } from "@groundplan/dsl";
import { word } from "./word.ts";
const says = choreography({ roles: { node: rest() } }, (c) => {
  c.everyone("say", {}, () => { console.log(word); ${throws} });
});
export default plan("kept", { says });
`,
  );
}

test("a plan is bundled again when it, or what it imports, has changed, and only then", async () => {
  const directory = project();
  const kept = join(directory, "node_modules/.cache/groundplan/plans");
  const bundles = (): readonly string[] => readdirSync(kept).filter((name) => name.endsWith("mjs"));
  const say = async (): Promise<string> => {
    const args = ["run", join(directory, "plan.ts"), "-n", "1", "--out", join(directory, "out")];
    return (await groundplan(args).finished).stdout;
  };
  writePlan(directory);
  writeFileSync(join(directory, "word.ts"), `export const word = "first";`);
  expect(await say()).toContain("| first");
  const first = bundles();
  expect(first).toHaveLength(1);
  expect(await say()).toContain("| first");
  expect(bundles()).toEqual(first);
  // As long as the text before.
  writeFileSync(join(directory, "word.ts"), `export const word = "other";`);
  expect(await say()).toContain("| other");
  const second = bundles();
  expect(second).toHaveLength(1);
  expect(second).not.toEqual(first);
  writePlan(directory, `throw new Error("with its place")`);
  expect(await say()).toContain("with its place");
  expect(bundles()).not.toEqual(second);
});
