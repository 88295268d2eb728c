import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { masked } from "./environment.ts";
import { runPlan as run, startPlan as start, waiting } from "./started-plan.ts";

const readmePlan = fileURLToPath(new URL("readme-plan.ts", import.meta.url));

describe("a process that is one instance", () => {
  it("exits 0 when its test case passes, with an empty run.err", async () => {
    const { code, lines, runErr, runOut, stderr } = await run("pass");
    expect({ code, runErr, stderr }).toEqual({ code: 0, runErr: "", stderr: "" });
    expect(runOut).toBe(lines.join(""));
    expect(masked(lines).at(-1)).toBe(
      '{"ts":TS,"msg":"","group_id":"single","run_id":"r","event":{"success_event":{"group":"single"},"type":"finish","outcome":"ok"}}\n',
    );
  });

  it("passes with the plan of the README, which quotes it whole", async () => {
    const { code, lines } = await start("meet", {}, readmePlan).ended;
    expect(code).toBe(0);
    expect(masked(lines).at(-2)).toBe(
      '{"ts":TS,"msg":"done","group_id":"single","run_id":"r","globalSeq":1}\n',
    );
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`\n${await readFile(readmePlan, "utf8")}\`\`\`\n`);
  });

  it.each([
    ["fail", 1, "failure_event", '"error":"boom"'],
    ["throw-text", 1, "failure_event", '"error":"just text"'],
    ["unheard-of", 1, "failure_event", "the plan has no test case 'unheard-of'; it has pass, fail"],
    ["exception", 2, "crash_event", '"error":"nobody catches this"'],
    ["rejection", 2, "crash_event", '"error":"nobody handles this"'],
    ["twice", 2, "crash_event", '"error":"first"'],
    ["stall", 2, "crash_event", "waits for something that cannot happen"],
    ["leave", 2, "crash_event", "exited with code 0 before the test case ended"],
    ["abort", 3, "failure_event", '"error":"enough"'],
  ])("in %s exits %i after exactly one %s", async (testCase, expected, kind, words) => {
    const { code, lines, ends } = await run(testCase);
    expect(code).toBe(expected);
    expect(ends).toEqual([kind]);
    expect(lines.at(-1)).toContain(words);
  });

  it.each(["exception", "rejection"])("has the stack of an %s in run.err", async (testCase) => {
    const { runErr, stderr } = await run(testCase);
    expect(runErr).toMatch(/^Error: nobody .* this\n {4}at .*invoked-plan\.ts/);
    expect(stderr).toBe(runErr);
  });

  it("copies stderr to run.err, and breaks lines that Testground would not read", async () => {
    const { code, runErr, stderr } = await run("complain");
    expect(code).toBe(0);
    expect(runErr).toBe(`something is odd\n${"é".repeat(50_000)}`);
    expect(stderr.replaceAll("\n", "")).toBe(runErr.replaceAll("\n", ""));
    for (const line of stderr.split("\n")) expect(Buffer.byteLength(line)).toBeLessThan(61_441);
  });

  it("passes whatever its leftovers throw after its terminal event", async () => {
    const { code, ends, stderr } = await run("late");
    expect(stderr).toContain("too late");
    expect({ code, ends }).toEqual({ code: 0, ends: ["success_event"] });
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "cleans up on %s and exits 3 as aborted",
    async (name) => {
      const { child, ended } = start("wait");
      await waiting(child);
      child.kill(name);
      const { code, lines, ends } = await ended;
      expect({ code, ends }).toEqual({ code: 3, ends: ["failure_event"] });
      expect(lines.at(-2)).toContain('"message":"cleaned up"');
      expect(lines.at(-1)).toContain(`"error":"the instance was ended by ${name}"`);
    },
  );

  it("exits on SIGTERM even if its test case does not stop", async () => {
    const { child, ended } = start("deaf");
    await waiting(child);
    const at = performance.now();
    child.kill("SIGTERM");
    const { code, ends } = await ended;
    expect({ code, ends }).toEqual({ code: 3, ends: ["failure_event"] });
    expect(performance.now() - at).toBeLessThan(2_000);
  });

  it("finishes although nobody reads its stdout any more", async () => {
    const { child, ended } = start("wait");
    // Here the test is who stops reading.
    const unread = ended.catch(() => {});
    await waiting(child);
    child.stdout?.destroy();
    child.kill("SIGTERM");
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(3);
    await unread;
  });

  it("reports an unusable environment in its one terminal event", async () => {
    const { code, lines, ends } = await run("pass", { TEST_SIDECAR: "perhaps" });
    expect({ code, ends }).toEqual({ code: 1, ends: ["failure_event"] });
    expect(lines.at(-1)).toContain('TEST_SIDECAR is \\"perhaps\\"; expected true or false');
  });
});

describe("a process that is several instances", () => {
  it("exits 0 when all pass", async () => {
    const { code, ends } = await run("pass", { INSTANCES: "3", TEST_OUTPUTS_PATH: "" });
    expect({ code, ends }).toEqual({ code: 0, ends: Array(3).fill("success_event") });
  });

  it("exits with the code of the worst, one terminal event for each", async () => {
    const { code, ends } = await run("rejection", { INSTANCES: "2", TEST_OUTPUTS_PATH: "" });
    expect(code).toBe(2);
    expect(ends).toEqual(["crash_event", "crash_event"]);
  });
});
