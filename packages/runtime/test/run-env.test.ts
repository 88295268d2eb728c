import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRunEnv, parseRunParams, type RunEnv, type RunEnvOptions } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { lineCollector, masked, temporaryDirectory, testEnvironment } from "./environment.ts";

function open(
  changes: Record<string, string> = {},
  options: RunEnvOptions = {},
): { readonly env: RunEnv; readonly lines: string[]; readonly ends: () => string[] } {
  const { lines, write, ends } = lineCollector();
  const environment = testEnvironment({ TEST_RUN: "c7fj", ...changes });
  return { env: openRunEnv(parseRunParams(environment), { write, ...options }), lines, ends };
}

describe("the lines of an instance", () => {
  it("are Testground's, byte for byte", () => {
    const { env, lines } = open({
      TEST_INSTANCE_PARAMS: "b=2|a=1",
      TEST_OUTPUTS_PATH: "",
      TEST_TAG: "v1",
    });
    env.recordStart();
    env.recordMessage('say "hi" <b> é');
    env.log("plain", { n: 1, list: [true, null] });
    env.recordSuccess();
    expect(masked(lines).join("")).toMatchInlineSnapshot(`
      "{"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"start_event":{"runenv":{"plan":"demo","case":"meet","run":"c7fj","params":{"a":"1","b":"2"},"instances":1,"outputs_path":"","temp_path":"","network":"127.1.0.0/16","group":"single","group_instances":1,"tag":"v1"}},"type":"start","runenv":{"plan":"demo","case":"meet","run":"c7fj","params":{"a":"1","b":"2"},"instances":1,"outputs_path":"","temp_path":"","network":"127.1.0.0/16","group":"single","group_instances":1,"tag":"v1"}}}
      {"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"message_event":{"message":"say \\"hi\\" <b> é"},"type":"message","message":"say \\"hi\\" <b> é"}}
      {"ts":TS,"msg":"plain","group_id":"single","run_id":"c7fj","n":1,"list":[true,null]}
      {"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"success_event":{"group":"single"},"type":"finish","outcome":"ok"}}
      "
    `);
  });

  it("say how an instance failed or crashed", () => {
    const failed = open();
    failed.env.recordFailure(new Error("boom"));
    const crashed = open();
    const error = new TypeError("bang");
    error.stack = "TypeError: bang\n    at x.ts:1:1";
    crashed.env.recordCrash(error);
    expect(masked([...failed.lines, ...crashed.lines]).join("")).toMatchInlineSnapshot(`
      "{"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"failure_event":{"group":"single","error":"boom"},"type":"finish","outcome":"failed","error":"boom"}}
      {"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"crash_event":{"group":"single","error":"bang","stacktrace":"TypeError: bang\\n    at x.ts:1:1"},"type":"finish","outcome":"crashed","error":"bang","stacktrace":"TypeError: bang\\n    at x.ts:1:1"}}
      "
    `);
  });

  it("carry the time in nanoseconds, as plain digits that never go back", () => {
    const { env, lines } = open();
    const before = BigInt(Date.now()) * 1_000_000n;
    env.recordMessage("a");
    env.recordMessage("b");
    const [a = 0n, b = 0n] = lines.map((line) => BigInt(/^\{"ts":(\d+),/.exec(line)?.[1] ?? ""));
    expect(a - before).toBeGreaterThan(-1_000_000_000n);
    expect(a - before).toBeLessThan(10_000_000_000n);
    expect(b).toBeGreaterThanOrEqual(a);
  });

  it("have exactly one terminal event, the first", () => {
    const { env, ends } = open();
    env.recordFailure(new Error("first"));
    env.recordSuccess();
    env.recordCrash(new Error("third"));
    expect(ends()).toEqual(["failure_event"]);
    expect(env.outcome).toMatchObject({ type: "failed", error: { message: "first" } });
  });

  it("keep a plan's own fields from posing as those of the line", () => {
    const { env, lines } = open();
    const own = { event: {}, Event: null, ts: 1, msg: "x", group_id: "g", run_id: "r", mſg: 1 };
    env.log("hello", { ...own, event_: 2, instance: 3, nested: { event: 1 } });
    env.log("");
    expect(masked(lines).join("")).toMatchInlineSnapshot(`
      "{"ts":TS,"msg":"hello","group_id":"single","run_id":"c7fj","event_":{},"Event_":null,"ts_":1,"msg_":"x","group_id_":"g","run_id_":"r","mſg_":1,"event__":2,"instance_":3,"nested":{"event":1}}
      {"ts":TS,"msg":"(no message)","group_id":"single","run_id":"c7fj"}
      "
    `);
  });

  it("survive values that JSON cannot hold", () => {
    const { env, lines } = open();
    const loop: { self?: unknown } = {};
    loop.self = loop;
    env.log("odd", {
      big: 1n,
      error: new Error("e"),
      none: undefined,
      f: () => 1,
      nan: Number.NaN,
    });
    env.log("loop", { loop });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ big: "1", error: "e", nan: null });
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({
      loop: expect.stringMatching(/^not JSON: .*circular/),
    });
  });

  it("stay under 60 KiB and valid JSON however long the text, and say what was cut", () => {
    const { env, lines } = open({ TEST_INSTANCE_PARAMS: `p=${"v".repeat(70_000)}` });
    env.recordStart();
    env.recordMessage("\u0001é😀".repeat(20_000));
    env.log("x".repeat(100_000), { field: '"'.repeat(100_000) });
    env.log("many", Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`f${i}`, i])));
    const error = new Error("e".repeat(100_000));
    error.stack = "s".repeat(100_000);
    env.recordCrash(error);
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(60 * 1024);
      expect(line.endsWith("}\n")).toBe(true);
      expect(() => JSON.parse(line)).not.toThrow();
    }
    expect(lines[1]).toMatch(/ … \(\d+ bytes more\)"\}\}\n$/);
    expect(lines[1]).not.toContain("\uFFFD");
    expect(lines[3]).toContain('"note":"the fields are too long for a line"');
  });

  it("start with nothing but the parameters left out, where these are too many for a line", () => {
    const packed = Array.from({ length: 9_000 }, (_, i) => `p${i}=${i}`).join("|");
    const { env, lines } = open({ TEST_INSTANCE_PARAMS: packed });
    env.recordStart();
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      event: { start_event: { runenv: { plan: "demo", params: {}, instances: 1 } } },
    });
  });

  it("carry the instance's number where several share the process", () => {
    const outputs = temporaryDirectory();
    const { env, lines } = open({ TEST_OUTPUTS_PATH: outputs }, { label: 4 });
    env.recordMessage("hi");
    expect(masked(lines).join("")).toBe(
      '{"ts":TS,"msg":"","group_id":"single","run_id":"c7fj","event":{"message_event":{"message":"hi"},"type":"message","message":"hi"},"instance":4}\n',
    );
    expect(readFileSync(join(outputs, "run.out"), "utf8")).not.toContain('"instance"');
  });

  it.each(["warn", "ERROR", "fatal"])("are terminal events only at LOG_LEVEL %s", (logLevel) => {
    const { env, lines, ends } = open({}, { logLevel });
    env.recordStart();
    env.recordMessage("m");
    env.log("l");
    env.recordSuccess();
    expect(lines).toHaveLength(1);
    expect(ends()).toEqual(["success_event"]);
  });
});

describe("the outputs of an instance", () => {
  it("are created with their directories, run.err and the results empty", async () => {
    const root = temporaryDirectory();
    const outputs = join(root, "plan/run/group/0");
    const { env, lines } = open({ TEST_OUTPUTS_PATH: outputs, TEST_TEMP_PATH: join(root, "temp") });
    env.recordMessage("hi");
    await env.close();
    await env.close();
    const read = (name: string): string => readFileSync(join(outputs, name), "utf8");
    expect(read("run.out")).toBe(lines.join(""));
    expect([read("run.err"), read("results.out"), read("diagnostics.out")]).toEqual(["", "", ""]);
    expect(existsSync(join(root, "temp"))).toBe(true);
  });

  it("append to run.out and start the results anew", async () => {
    const outputs = temporaryDirectory();
    writeFileSync(join(outputs, "run.out"), "before\n");
    writeFileSync(join(outputs, "results.out"), "before\n");
    const { env } = open({ TEST_OUTPUTS_PATH: outputs });
    env.recordMessage("hi");
    await env.close();
    expect(readFileSync(join(outputs, "run.out"), "utf8")).toMatch(/^before\n\{"ts"/);
    expect(readFileSync(join(outputs, "results.out"), "utf8")).toBe("");
  });

  it("take points in Testground's format", async () => {
    const outputs = temporaryDirectory();
    const { env } = open({ TEST_OUTPUTS_PATH: outputs });
    env.results().recordPoint("rtt,peer=3", 0.25);
    await env.close();
    expect(masked([readFileSync(join(outputs, "results.out"), "utf8")])).toEqual([
      '{"ts":TS,"type":"point","name":"rtt,peer=3","measures":{"value":0.25}}\n',
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "refuse a point of %d",
    (value) => {
      const { env } = open();
      expect(() => env.results().recordPoint("p", value)).toThrow(
        expect.objectContaining({ code: "bad-metric" }),
      );
    },
  );

  it("are stdout alone where there is no directory", async () => {
    const { env, lines } = open({ TEST_OUTPUTS_PATH: "" });
    env.recordMessage("hi");
    env.results().recordPoint("p", 1);
    await env.close();
    expect(lines).toHaveLength(1);
    expect(() => env.outputPath("x")).toThrowErrorMatchingInlineSnapshot(
      `[RuntimeError: no place for "x": the runner gave this instance no TEST_OUTPUTS_PATH]`,
    );
  });

  it("go to stdout still once the files are closed", async () => {
    const { env, lines } = open({ TEST_OUTPUTS_PATH: temporaryDirectory() });
    await env.close();
    env.recordMessage("late");
    env.results().recordPoint("late", 1);
    expect(lines).toHaveLength(1);
  });

  it("are refused where their directory cannot be made", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const where = { TEST_OUTPUTS_PATH: join(file, "outputs") };
    expect(() => open(where)).toThrow(expect.objectContaining({ code: "bad-outputs" }));
    expect(() => open(where)).toThrow(/^TEST_OUTPUTS_PATH is .*, which cannot be used: ENOTDIR/);
  });

  it("are refused where a file of theirs cannot be written", () => {
    const outputs = temporaryDirectory();
    chmodSync(outputs, 0o755);
    const { env } = open({ TEST_OUTPUTS_PATH: join(outputs, "run.err") });
    expect(env.outputPath("x")).toBe(join(outputs, "run.err", "x"));
    expect(() => open({ TEST_OUTPUTS_PATH: outputs })).toThrow(/EISDIR/);
  });

  it("name files inside their directories only", () => {
    const outputs = temporaryDirectory();
    const { env } = open({ TEST_OUTPUTS_PATH: outputs, TEST_TEMP_PATH: outputs });
    expect(env.outputPath("a/../b.txt")).toBe(join(outputs, "b.txt"));
    expect(env.outputPath("..b")).toBe(join(outputs, "..b"));
    expect(env.tempPath("a/b")).toBe(join(outputs, "a/b"));
    for (const name of ["..", "../x", "a/../../x", "/etc/passwd", "", ".", "a\0"]) {
      expect(() => env.outputPath(name)).toThrow(expect.objectContaining({ code: "bad-path" }));
    }
  });
});

describe("RunEnv", () => {
  it("gives the plan's parameters their types", () => {
    const { env } = open({ TEST_INSTANCE_PARAMS: "rounds=3" });
    const { rounds, name } = env.params(
      z.object({ rounds: z.int(), name: z.string().default("x") }),
    );
    expect([rounds, name]).toEqual([3, "x"]);
  });

  it("names what a plan asks for most", () => {
    const { env } = open({ TEST_INSTANCE_COUNT: "3", TEST_SIDECAR: "true" });
    const { plan, case: name, run, group, instances, groupInstances, sidecar } = env;
    expect([plan, name, run, group, instances, groupInstances, sidecar]).toEqual([
      "demo",
      "meet",
      "c7fj",
      "single",
      3,
      1,
      true,
    ]);
  });
});
