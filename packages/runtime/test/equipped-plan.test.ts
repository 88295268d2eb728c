import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { runInstance } from "@groundplan/runtime";
import { expect, it } from "vitest";
import { temporaryDirectory, testEnvironment } from "./environment.ts";
import { cases } from "./equipped-plan.ts";

it("the plan of docs/runtime.md passes, and leaves the file it tells of", async () => {
  const [outputs, temp] = [temporaryDirectory(), temporaryDirectory()];
  const environment = testEnvironment({
    TEST_CASE: "fetch",
    TEST_OUTPUTS_PATH: outputs,
    TEST_TEMP_PATH: temp,
    TEST_INSTANCE_PARAMS: 'payload=2 kB|peers=["a"]',
    API_PORT: "4001",
    GROUNDPLAN_SYNC: "memory:",
  });
  expect(await runInstance(cases, { environment, write() {} })).toEqual({ type: "ok" });
  const line = readFileSync(join(outputs, "transfers.ndjson"), "utf8");
  const told = JSON.parse(line) as { file: string };
  expect(told).toMatchObject({ every: 200, speed: 100, peers: ["a"], api: 4001 });
  expect(statSync(told.file).size).toBe(2_000);
});
