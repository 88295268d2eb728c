import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url);
const primitives = await readdir(new URL("docs/primitives/", root));
const documents = [
  "README.md",
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
    expect(`\n${source}`, file).toContain(`\n${quoted}`);
  }
});
