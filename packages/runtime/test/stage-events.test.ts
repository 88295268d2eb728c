import { openRunEnv, parseRunParams, runInstance } from "@groundplan/runtime";
import { openStore } from "@groundplan/sync";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { lineCollector, testEnvironment } from "./environment.ts";

describe("the stages that an instance records", () => {
  it("are among the run's events, in order, and not on stdout", async () => {
    await using store = await openStore("memory:");
    const environment = testEnvironment({ TEST_GROUP_ID: "g" });
    const run = await store.open({ run: "r", plan: "p", case: "c" });
    const { lines, write } = lineCollector();
    await runInstance(
      {
        async meet(env) {
          await env.recordStageStart("dial");
          await env.recordStageEnd("dial");
        },
      },
      { environment, namespace: run, write },
    );
    const entries = await run.logs.snapshot({ kind: "run_events" });
    expect(entries.map(({ json }) => json).slice(2, -1)).toEqual([
      '{"stage_start_event":{"name":"dial","group":"g"}}',
      '{"stage_end_event":{"name":"dial","group":"g"}}',
    ]);
    expect(lines.join("")).not.toContain("stage_");
  });

  it("go nowhere where nobody connected the environment to a store", async () => {
    const env = openRunEnv(parseRunParams(testEnvironment()), { write() {} });
    await expect(env.recordStageStart("dial")).resolves.toBeUndefined();
  });
});

describe("upstream bug 3: a topic that is silent for 30 minutes is forgotten", () => {
  it("withstood: a waiting instance says every 20 minutes that it is there", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    await using store = await openStore("memory:");
    const run = await store.open({ run: "r", plan: "p", case: "c" });
    const meet = async (): Promise<void> => {
      vi.advanceTimersByTime(40 * 60_000);
      for await (const { json, seq } of run.logs.read({ kind: "run_events" })) {
        const isThere = json === '{"stage_start_event":{"name":"running","group":"single"}}';
        if (isThere && seq === 4) break;
      }
    };
    const options = { environment: testEnvironment(), namespace: run, write() {} };
    expect(await runInstance({ meet }, options)).toEqual({ type: "ok" });
    vi.advanceTimersByTime(40 * 60_000);
    expect(await run.logs.snapshot({ kind: "run_events" })).toHaveLength(5);
  });
});
