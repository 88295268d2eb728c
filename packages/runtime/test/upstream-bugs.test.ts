import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  parseRunParams,
  runInstance,
  type TestCaseFunction,
  unpackParams,
} from "@groundplan/runtime";
import { openStore } from "@groundplan/sync";
import { describe, expect, it, onTestFinished } from "vitest";
import { lineCollector, temporaryDirectory, testEnvironment } from "./environment.ts";
import { readAsV05, readAsV06 } from "./local-exec.ts";
import { runPlan, startPlan, waiting } from "./started-plan.ts";

// Numbered as in the list of what is wrong in Testground and its SDKs.

const TERMINAL = ["success_event", "failure_event", "crash_event"];

/** Performs an instance; resolves with what it left among the run's events and on stdout. */
async function perform(
  meet: TestCaseFunction,
  changes: Record<string, string> = {},
): Promise<{ readonly topic: string[]; readonly lines: string[] }> {
  const environment = testEnvironment(changes);
  const store = await openStore("memory:");
  onTestFinished(() => store.close());
  const { TEST_RUN: run = "", TEST_PLAN: plan = "", TEST_CASE: name = "" } = environment;
  const namespace = await store.open({ run, plan, case: name });
  const { lines, write } = lineCollector();
  await runInstance({ meet }, { environment, namespace, write });
  const entries = await namespace.logs.snapshot({ kind: "run_events" });
  return { topic: entries.map(({ json }) => json), lines };
}

describe("upstream bug 10: a group that the daemon does not know ends it", () => {
  it.each(["single", "miners-2", "Größe", 'a"b\\c', "a/b", " x "])(
    "withstood: group '%s' comes back as it was given",
    async (TEST_GROUP_ID) => {
      const { topic, lines } = await perform(async () => {}, { TEST_GROUP_ID });
      const success = { success_event: { group: TEST_GROUP_ID } };
      expect(JSON.parse(topic.at(-1) ?? "")).toEqual(success);
      expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ event: success });
    },
  );
});

describe("upstream bug 11: outcomes are counted, whichever instance they are of", () => {
  it.each<[string, TestCaseFunction]>([
    ["passes", async () => {}],
    ["records its own success and then fails", fail],
    [
      "records two outcomes",
      async (env) => {
        env.recordFailure(new Error("one"));
        env.recordCrash(new Error("two"));
      },
    ],
  ])("withstood: one outcome of an instance that %s", async (_what, testCase) => {
    const { topic } = await perform(testCase);
    const kinds = topic.flatMap((json) => Object.keys(JSON.parse(json) as object));
    expect(kinds.filter((kind) => TERMINAL.includes(kind))).toHaveLength(1);
  });

  async function fail(env: { recordSuccess(): void }): Promise<void> {
    env.recordSuccess();
    throw new Error("late");
  }
});

describe("upstream bug 12: a long line or a strange event ends the reading of stdout", () => {
  it("withstood: whatever the plan prints, the runners of both generations read on", async () => {
    const { lines, runOut } = await runPlan("print");
    const success = { outcome: "ok", stopped: undefined };
    expect(readAsV06(lines)).toEqual(success);
    expect(readAsV05(lines)).toEqual(success);
    const printed = lines.filter((line) => !line.startsWith('{"ts":'));
    expect(printed.map((line) => line.replace(/é+/, "é"))).toMatchInlineSnapshot(`
      [
        "plain
      ",
        "> {"ts":1,"event":{"failure_event":{"group":"single"}}}
      ",
        "> {"Event":null}
      ",
        ">   {"event":{}}
      ",
        "{"msg":"mine"}
      ",
        "> {"event":{"unknown":1}}
      ",
        "{"held":1}
      ",
        "é
      ",
        "é
      ",
        "no line feed here
      ",
      ]
    `);
    expect(printed.join("").replaceAll("\n", "")).toContain("é".repeat(50_000));
    expect(readAsV06(runOut.split("\n"))).toEqual(success);
  });

  it("withstood: an object without a line feed does not join the line after it", async () => {
    const { lines } = await runPlan("print-object");
    expect(readAsV06(lines)).toEqual({ outcome: "ok", stopped: undefined });
    expect(lines.filter((line) => !line.startsWith('{"ts":'))).toEqual(['> {"event":{}}\n']);
  });

  it("withstood: the longest texts make lines that are read to the end", async () => {
    const { lines } = await perform(
      async (env) => {
        env.recordMessage("x".repeat(1_000_000));
        env.log("y".repeat(1_000_000));
        throw new Error("z".repeat(1_000_000));
      },
      { TEST_INSTANCE_PARAMS: `p=${"v".repeat(1_000_000)}` },
    );
    expect(readAsV06(lines)).toEqual({ outcome: "failed", stopped: undefined });
    expect(readAsV05(lines)).toEqual({ outcome: "failed", stopped: undefined });
  });
});

describe("upstream bug 13: a failure looks like a cancellation", () => {
  it("better: the exit code tells failed from crashed and aborted", async () => {
    const codes = ["pass", "fail", "rejection", "abort"].map(
      async (name) => (await runPlan(name)).code,
    );
    expect(await Promise.all(codes)).toEqual([0, 1, 2, 3]);
  });
});

describe("upstream bug 14: the start time is always zero, and parameters with '=' are lost", () => {
  it("better: both are read", () => {
    const { startTime, params } = parseRunParams(
      testEnvironment({ TEST_INSTANCE_PARAMS: "url=http://x/?a=b|n=1" }),
    );
    expect(startTime).toEqual(new Date("2022-01-12T20:48:07Z"));
    expect(params).toEqual({ url: "http://x/?a=b", n: "1" });
  });

  it("withstood: what Go reads is read the same", () => {
    expect(unpackParams("a=1|b=|c=x y")).toEqual({ a: "1", b: "", c: "x y" });
  });
});

describe("upstream bug 15: no harvest at the end", () => {
  it("better: what was measured just before the end is in the file", async () => {
    const outputs = temporaryDirectory();
    await perform(async (env) => void env.R().counter("last").inc(3), {
      TEST_OUTPUTS_PATH: outputs,
    });
    expect(readFileSync(join(outputs, "results.out"), "utf8")).toMatch(
      /"type":"counter","name":"last","measures":\{"count":3\}\}\n$/,
    );
  });
});

describe("upstream bug 16: a crash is told twice, exits 0, and an unknown case is not told", () => {
  it("better: one crash event, and the exit code says so", async () => {
    const { code, ends } = await runPlan("exception");
    expect({ code, ends }).toEqual({ code: 2, ends: ["crash_event"] });
  });

  it("better: an unknown case fails, and says which there are", async () => {
    const { code, ends, lines } = await runPlan("unheard-of");
    expect({ code, ends }).toEqual({ code: 1, ends: ["failure_event"] });
    expect(lines.at(-1)).toContain("the plan has no test case 'unheard-of'; it has pass");
  });

  it("better: being ended from outside is told too", async () => {
    const { child, ended } = startPlan("wait");
    await waiting(child);
    child.kill("SIGTERM");
    const { code, ends } = await ended;
    expect({ code, ends }).toEqual({ code: 3, ends: ["failure_event"] });
  });
});

describe("upstream bug 17: an entry that Go cannot decode spins or ends its clients", () => {
  it.each<[string, unknown]>([
    ["text", "\u0000 \ud800 \u2028 <&>"],
    ["a value without words", { toString: null }],
    ["an error with odd fields", Object.assign(new Error(""), { stack: undefined, name: "" })],
    ["a long text", new Error("\u0001".repeat(100_000))],
  ])(
    "withstood: an instance that throws %s writes well-formed events only",
    async (_what, thrown) => {
      const { topic } = await perform(async (env) => {
        await env.recordStageStart("dial");
        await env.recordStageEnd("dial");
        throw thrown;
      });
      expect(topic.map(shapeOf)).toEqual([
        "stage_start_event name group",
        "stage_end_event name group",
        "stage_start_event name group",
        "stage_end_event name group",
        "failure_event group error",
      ]);
      for (const json of topic) expect(Buffer.byteLength(json)).toBeLessThan(4_096);
    },
  );

  /** The kind of an event and the names of its fields, which must all be texts. */
  function shapeOf(json: string): string {
    const [[kind, body] = ["", {}], ...others] = Object.entries(
      JSON.parse(json) as Record<string, Record<string, unknown>>,
    );
    const isText = Object.values(body).every((value) => typeof value === "string");
    return others.length === 0 && isText ? [kind, ...Object.keys(body)].join(" ") : json;
  }
});
