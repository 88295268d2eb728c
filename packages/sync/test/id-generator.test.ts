import { expect, test } from "vitest";
import { takePorts } from "./examples/id-generator.ts";
import { idGeneratorSuite } from "./id-generator.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("id generator", idGeneratorSuite);

test("the example gives every instance ports of its own", async () => {
  const run = await memoryRun();
  const ports = await Promise.all([takePorts(run, 20), takePorts(run, 20)]);
  expect(new Set(ports.flat()).size).toBe(40);
});
