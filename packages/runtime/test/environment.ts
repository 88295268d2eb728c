import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The environment Testground's local:exec gives an instance; each test its own run. */
export function testEnvironment(changes: Record<string, string> = {}): Record<string, string> {
  return {
    TEST_PLAN: "demo",
    TEST_CASE: "meet",
    TEST_RUN: `run${++runs}`,
    TEST_INSTANCE_COUNT: "1",
    TEST_GROUP_ID: "single",
    TEST_GROUP_INSTANCE_COUNT: "1",
    TEST_INSTANCE_PARAMS: "",
    TEST_INSTANCE_ROLE: "",
    TEST_OUTPUTS_PATH: "",
    TEST_TEMP_PATH: "",
    TEST_SIDECAR: "false",
    TEST_SUBNET: "127.1.0.0/16",
    TEST_START_TIME: "2022-01-12T15:48:07-05:00",
    TEST_CAPTURE_PROFILES: "",
    TEST_DISABLE_METRICS: "false",
    TEST_REPO: "",
    TEST_BRANCH: "",
    TEST_TAG: "",
    ...changes,
  };
}

let runs = 0;

/** A directory that is gone when the test is. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "groundplan-runtime-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The lines with the digits of their `ts` masked. */
export function masked(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^\{"ts":\d{19},/, '{"ts":TS,'));
}

/** Takes lines, and tells the terminal events among them. */
export function lineCollector(): { lines: string[]; write(line: string): void; ends(): string[] } {
  const lines: string[] = [];
  return {
    lines,
    write: (line) => void lines.push(line),
    ends: () => terminalEvents(lines),
  };
}

/** The kinds of the terminal events among the lines, which need not all be JSON. */
export function terminalEvents(lines: readonly string[]): string[] {
  const kinds = ["success_event", "failure_event", "crash_event"];
  return lines.flatMap((line) =>
    Object.keys(eventIn(line) ?? {}).filter((kind) => kinds.includes(kind)),
  );
}

function eventIn(line: string): object | undefined {
  if (!line.startsWith("{")) return undefined;
  return (JSON.parse(line) as { event?: object }).event;
}
