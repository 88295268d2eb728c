import { expect, test } from "vitest";
import { newRunId } from "../src/run/run-id.ts";

test("a run id is 20 characters of Testground's alphabet, unlike any other, and sorts by time", () => {
  const ids = Array.from({ length: 100 }, (_, i) =>
    newRunId(new Date(1_700_000_000_000 + i * 1_000)),
  );
  for (const id of ids) expect(id).toMatch(/^[0-9a-v]{20}$/);
  expect(ids.toSorted()).toEqual(ids);
  const now = new Date();
  expect(new Set(Array.from({ length: 1_000 }, () => newRunId(now))).size).toBe(1_000);
});
