import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MemoryStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("exit-child.ts", import.meta.url));
const TERMINAL = /"(success|failure|crash)_event":(\{.*?\})/g;

interface Exit {
  readonly code: unknown;
  /** Every terminal event of its stdout. */
  readonly events: readonly string[];
}

/** Starts an instance as a runner does. */
async function exitOf(environment: Readonly<Record<string, string>>): Promise<Exit> {
  const env = { PATH: process.env["PATH"], ...environment };
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", program], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const [code] = await once(child, "close");
  const events = [...stdout.matchAll(TERMINAL)].map(([, type, json = "{}"]) => {
    const { error = "" } = JSON.parse(json);
    return `${type} ${error}`.trim();
  });
  return { code, events };
}

test.each([
  ["ok", [0, "success"], [0, "success"]],
  [
    "failed",
    [1, "failure seed #1 stage 'end': boom"],
    [3, "failure aborted: #1 (seed) failed in 'end': boom"],
  ],
  ["crashed", [2, "crash boom"], [3, "failure aborted: #1 (seed) crashed in 'end': boom"]],
] as const)(
  "an instance that ended %s has its exit code, the others theirs, each with one terminal event [C56]",
  async (name, ...expected) => {
    await using memory = new MemoryStore();
    await using service = await serveSync(memory, { port: 0 });
    const run = randomUUID();
    const exits = await Promise.all(
      ["a", "b"].map((group) =>
        exitOf({
          TEST_PLAN: "exits",
          TEST_CASE: name,
          TEST_RUN: run,
          TEST_INSTANCE_COUNT: "2",
          TEST_GROUP_ID: group,
          TEST_GROUP_INSTANCE_COUNT: "1",
          TEST_INSTANCE_PARAMS: "",
          GROUNDPLAN_SYNC: service.url,
        }),
      ),
    );
    expect(exits).toEqual(expected.map(([code, event]) => ({ code, events: [event] })));
  },
);
