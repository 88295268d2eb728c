import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInstances, type TestCases } from "@groundplan/runtime";
import { describe, expect, it, vi } from "vitest";
import {
  lineCollector,
  temporaryDirectory,
  terminalEvents,
  testEnvironment,
} from "./environment.ts";

const cases: TestCases = {
  async meet(env, { sync }) {
    await sync.signalAndWait("met", env.instances);
    process.stderr.write(`err of ${env.runParams.ordinal}\n`);
  },
  async stumble(env, { sync }) {
    await sync.signalAndWait("met", env.instances);
    if (env.runParams.ordinal === 1)
      setImmediate(() => {
        throw new Error("thrown later");
      });
    await sync.barrier("never", 1);
  },
  async reject(env, { sync }) {
    await sync.signalAndWait("met", env.instances);
    if (env.runParams.ordinal === 2) void Promise.reject(new Error("left alone"));
    await sync.barrier("never", 1);
  },
  async leave(_env, { sync }) {
    void sync.barrier("never", 1);
  },
};

function environments(testCase: string, n: number, outputs = ""): Record<string, string>[] {
  const shared = testEnvironment({
    TEST_CASE: testCase,
    TEST_INSTANCE_COUNT: String(n),
    TEST_GROUP_INSTANCE_COUNT: String(n),
    GROUNDPLAN_SYNC: "memory:",
  });
  return Array.from({ length: n }, (_, i) => ({
    ...shared,
    GROUNDPLAN_ORDINAL: String(i),
    TEST_OUTPUTS_PATH: outputs === "" ? "" : join(outputs, String(i)),
  }));
}

function ofInstance(lines: readonly string[], instance: number): string[] {
  return lines.filter((line) => line.endsWith(`,"instance":${instance}}\n`));
}

function muteStderr(): string[] {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  return written;
}

describe("the instances of one process", () => {
  it("performs any number under one signal without a warning of too many listeners", async () => {
    muteStderr();
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", warn);
    const { signal } = new AbortController();
    const results = await runInstances(cases, environments("meet", 30), {
      write: () => {},
      signal,
    });
    await new Promise(setImmediate);
    process.off("warning", warn);
    expect(results.filter(({ type }) => type === "ok")).toHaveLength(30);
    expect(warnings).toEqual([]);
  });

  it("meet over one connection, each with its number on its lines", async () => {
    muteStderr();
    const { lines, write } = lineCollector();
    const results = await runInstances(cases, environments("meet", 5), { write });
    expect(results).toEqual(Array(5).fill({ type: "ok" }));
    for (let i = 0; i < 5; i++) {
      expect(terminalEvents(ofInstance(lines, i))).toEqual(["success_event"]);
    }
  });

  it("have on stderr what each of them wrote, and in run.err only their own", async () => {
    const written = muteStderr();
    const outputs = temporaryDirectory();
    const { write } = lineCollector();
    await runInstances(cases, environments("meet", 3, outputs), { write });
    expect(written.sort()).toEqual(["err of 0\n", "err of 1\n", "err of 2\n"]);
    for (let i = 0; i < 3; i++) {
      expect(readFileSync(join(outputs, `${i}/run.err`), "utf8")).toBe(`err of ${i}\n`);
    }
  });

  it.each([
    ["stumble", 1, "thrown later"],
    ["reject", 2, "left alone"],
  ])(
    "crash alone in %s, where nobody caught what one threw, and abort the others",
    async (name, culprit, text) => {
      const written = muteStderr();
      const { lines, write } = lineCollector();
      const outputs = temporaryDirectory();
      const results = await withoutHandlers(() =>
        runInstances(cases, environments(name, 3, outputs), { write }),
      );
      expect(results.map(({ type }) => type)).toEqual(
        [0, 1, 2].map((i) => (i === culprit ? "crashed" : "aborted")),
      );
      expect(terminalEvents(lines).sort()).toEqual([
        "crash_event",
        "failure_event",
        "failure_event",
      ]);
      expect(terminalEvents(ofInstance(lines, culprit))).toEqual(["crash_event"]);
      expect(written.join("")).toContain(text);
      expect(readFileSync(join(outputs, `${culprit}/run.err`), "utf8")).toContain(`Error: ${text}`);
      expect(readFileSync(join(outputs, "0/run.err"), "utf8")).toBe("");
    },
  );

  it("pass although they leave a wait behind, which ends with them", async () => {
    const written = muteStderr();
    const { write } = lineCollector();
    const results = await withoutHandlers(() =>
      runInstances(cases, environments("leave", 2), { write }),
    );
    expect(results).toEqual([{ type: "ok" }, { type: "ok" }]);
    expect(written).toEqual([]);
  });

  it("leave stderr and the process's handlers as they were", async () => {
    const before = [process.stderr.write, process.listenerCount("uncaughtException")];
    await runInstances(cases, environments("leave", 1), { write: () => {} });
    expect([process.stderr.write, process.listenerCount("uncaughtException")]).toEqual(before);
  });
});

/** The test runner's own handlers would fail the test for what it is about. */
async function withoutHandlers<T>(body: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const removed = events.map((event) => process.listeners(event as "uncaughtException"));
  for (const event of events) process.removeAllListeners(event);
  try {
    return await body();
  } finally {
    events.forEach((event, i) => {
      for (const listener of removed[i] ?? []) process.on(event, listener);
    });
  }
}
