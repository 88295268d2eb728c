import { MemoryStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { expect, test } from "vitest";
import { meet } from "./readme-example.ts";

test("the README's example meets over a service", async () => {
  await using store = new MemoryStore();
  await using service = await serveSync(store, { port: 0 });
  const met = await Promise.all([meet(service.url, 2), meet(service.url, 2)]);
  expect(met.map(([first]) => first).sort()).toEqual(["entry 1", "entry 2"]);
  expect(met.map((all) => all.length)).toEqual([3, 3]);
});
