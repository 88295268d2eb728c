import { access, readdir, readFile } from "node:fs/promises";
import { drawSvg } from "@groundplan/dsl/tools";
import { expect, test } from "vitest";
import { pingPong } from "../plans/ping-pong.ts";

const root = new URL("../", import.meta.url);
const primitives = await readdir(new URL("docs/primitives/", root));
const documents = [
  "README.md",
  "docs/guide.md",
  "docs/metrics.md",
  "docs/runtime.md",
  "packages/runtime/README.md",
  "packages/sync/README.md",
  ...primitives.map((page) => `docs/primitives/${page}`),
];

test.each(documents)("%s quotes the files it says it does", async (document) => {
  const text = await readFile(new URL(document, root), "utf8");
  const quotes = [...text.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)];
  expect(quotes).not.toHaveLength(0);
  for (const [, file = "", quoted = ""] of quotes) {
    const source = await readFile(new URL(file, root), "utf8");
    expect(unindented(source), file).toContain(unindented(quoted));
  }
});

/** What is quoted from inside a function stands at the margin in a document. */
function unindented(code: string): string {
  return `\n${code}`.replaceAll(/\n[ \t]+/g, "\n");
}

test("the README's drawing is what the command draws", async () => {
  const drawing = await readFile(new URL("docs/images/ping-pong.svg", root), "utf8");
  expect(drawing.trimEnd()).toBe(drawSvg(pingPong.define(), "sequence").trimEnd());
});

test("the README links to every page of docs", async () => {
  const readme = await readFile(new URL("README.md", root), "utf8");
  const pages = (await readdir(new URL("docs/", root))).filter((page) => page.endsWith(".md"));
  expect(pages.filter((page) => !readme.includes(`(docs/${page})`))).toEqual([]);
});

test("what documents link to in this repository is there", async () => {
  const broken: string[] = [];
  for (const document of await markdown()) {
    const text = await readFile(new URL(document, root), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      const file = new URL(target, new URL(document, root));
      await access(file).catch(() => broken.push(`${document}: ${target}`));
    }
  }
  expect(broken).toEqual([]);
});

/** The documents of the repository, by their paths in it. */
async function markdown(): Promise<readonly string[]> {
  const folders = ["", "docs/", "docs/primitives/", "bench/", "plans/"];
  const packages = ["cli", "dsl", "runtime", "sync"].map((name) => `packages/${name}/`);
  const found = await Promise.all(
    [...folders, ...packages].map(async (folder) => {
      const files = await readdir(new URL(folder, root));
      return files.filter((file) => file.endsWith(".md")).map((file) => folder + file);
    }),
  );
  return found.flat();
}
