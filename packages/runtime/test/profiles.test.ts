import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runInstance, runInstances, type TestCaseFunction } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { lineCollector, temporaryDirectory, testEnvironment } from "./environment.ts";
import { runPlan, startPlan } from "./started-plan.ts";

const OWN = ["diagnostics.out", "results.out", "run.err", "run.out"];

interface Captured {
  readonly outputs: string;
  readonly files: string[];
  readonly lines: string[];
}

async function capture(
  profiles: string,
  meet: TestCaseFunction = async () => {},
): Promise<Captured> {
  const outputs = temporaryDirectory();
  const environment = testEnvironment({
    GROUNDPLAN_SYNC: "memory:",
    TEST_OUTPUTS_PATH: outputs,
    TEST_CAPTURE_PROFILES: profiles,
  });
  const { lines, write } = lineCollector();
  expect(await runInstance({ meet }, { environment, write })).toEqual({ type: "ok" });
  return { outputs, files: profilesIn(outputs), lines };
}

function profilesIn(outputs: string): string[] {
  return readdirSync(outputs)
    .filter((name) => !OWN.includes(name))
    .sort();
}

describe("the profiles a runner asks for", () => {
  it("are of the CPU over the whole test case", async () => {
    const { outputs, files } = await capture("cpu=true", async () => {
      busyForAWhile();
    });
    expect(files).toEqual(["cpu.cpuprofile"]);
    const text = readFileSync(join(outputs, "cpu.cpuprofile"), "utf8");
    const { nodes } = JSON.parse(text) as { nodes: { callFrame: { functionName: string } }[] };
    expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain("busyForAWhile");
  });

  it("are of the heap each period", async () => {
    const kept: unknown[] = [];
    const { outputs, files } = await capture("heap=20ms", async (env) => {
      while (profilesIn(env.runParams.outputsPath).length < 3) {
        kept.push(new Array(10_000).fill(kept.length));
        await delay(5);
      }
    });
    expect(kept.length).toBeGreaterThan(0);
    for (const name of files) {
      expect(name).toMatch(/^heap\.\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\.heapprofile$/);
      expect(JSON.parse(readFileSync(join(outputs, name), "utf8"))).toMatchObject({ head: {} });
    }
  });

  it("may all be taken at once, in a process that ends by itself and has nothing on stderr", async () => {
    const { outputs, ended } = startPlan("pass", { TEST_CAPTURE_PROFILES: "cpu=true|heap=1h" });
    expect(await ended).toMatchObject({ code: 0, runErr: "", stderr: "" });
    expect(profilesIn(outputs)).toEqual(["cpu.cpuprofile"]);
  });

  it("are written by an instance that crashes as well", async () => {
    const { outputs, ended } = startPlan("exception", { TEST_CAPTURE_PROFILES: "cpu=true" });
    expect((await ended).code).toBe(2);
    expect(profilesIn(outputs)).toEqual(["cpu.cpuprofile"]);
  });

  it("are told in one message where they cannot be taken, and the rest is", async () => {
    const { lines, files } = await capture("goroutine=1s|cpu=1|heap=often|mutex=1s");
    expect(files).toEqual(["cpu.cpuprofile"]);
    const messages = lines.filter((line) => line.includes("profile captures"));
    expect(messages).toHaveLength(1);
    const { event } = JSON.parse(messages[0] ?? "") as { event: { message: string } };
    expect(event.message).toMatchInlineSnapshot(
      `"some or all profile captures failed to initialize: profile of kind goroutine not recognized; skipped (there are cpu and heap); unparseable duration for profile of kind heap: often; profile of kind mutex not recognized; skipped (there are cpu and heap)"`,
    );
  });

  it.each(["heap=0s", "heap=-1s", "heap=1000h", "heap="])(
    "need a period a timer can keep: %s",
    async (profiles) => {
      const { lines, files } = await capture(profiles);
      expect(files).toEqual([]);
      expect(lines.join("")).toContain("unparseable duration for profile of kind heap");
    },
  );

  it("are not taken where there is nowhere to put them", async () => {
    const { lines } = await runPlan("pass", {
      TEST_OUTPUTS_PATH: "",
      TEST_CAPTURE_PROFILES: "cpu=true",
    });
    expect(lines.join("")).toContain("there is no outputs directory");
  });

  it("are those of the process, so its first instance takes them", async () => {
    const environments = ["a", "b"].map((TEST_GROUP_ID) =>
      testEnvironment({
        TEST_RUN: "shared",
        TEST_GROUP_ID,
        GROUNDPLAN_SYNC: "memory:",
        TEST_INSTANCE_COUNT: "2",
        TEST_OUTPUTS_PATH: temporaryDirectory(),
        TEST_CAPTURE_PROFILES: "cpu=true",
      }),
    );
    const { lines, write } = lineCollector();
    await runInstances({ meet: async () => {} }, environments, { write });
    const taken = environments.map((each) => profilesIn(each["TEST_OUTPUTS_PATH"] ?? ""));
    expect(taken).toEqual([["cpu.cpuprofile"], []]);
    expect(lines.join("")).toContain("among the outputs of its first instance");
  });
});

function busyForAWhile(): number {
  let sum = 0;
  for (const end = performance.now() + 300; performance.now() < end; ) sum += Math.sqrt(sum + 1);
  return sum;
}
