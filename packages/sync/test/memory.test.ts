import { MemoryStore } from "@groundplan/sync";
import { expect, test } from "vitest";
import { conformance } from "./conformance.ts";

conformance("MemoryStore", async () => {
  const shared = new MemoryStore();
  return { open: async () => new MemoryStore({ sharedWith: shared }), close: () => shared.close() };
});

test("a store that loses its state tells those who wait", async () => {
  const store = new MemoryStore();
  const namespace = await store.open({ run: "r", plan: "p", case: "c" });
  const wait = namespace.counters.reach({ kind: "state", name: "s" }, 1);
  store.loseState();
  await expect(wait).rejects.toMatchObject({ code: "state-lost" });
});

test("the age of a record comes from the store's clock", async () => {
  let now = 0;
  const store = new MemoryStore({ now: () => now });
  const { records } = await store.open({ run: "r", plan: "p", case: "c" });
  await records.write("progress", { "1": "0" });
  now = 1_500;
  expect((await records.read("progress")).get("1")?.ageMs).toBe(1_500);
});
