import { expect, test } from "vitest";
import { genesis } from "./examples/once.ts";
import { onceSuite } from "./once.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("once", onceSuite);

test("the example makes one genesis block for all", async () => {
  const run = await memoryRun();
  let made = 0;
  const make = async (): Promise<{ hash: string }> => ({ hash: `block-${++made}` });
  const blocks = await Promise.all(Array.from({ length: 5 }, () => genesis(run, make)));
  expect(new Set(blocks.map(({ hash }) => hash))).toEqual(new Set(["block-1"]));
});
