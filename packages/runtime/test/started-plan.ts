import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { temporaryDirectory, terminalEvents, testEnvironment } from "./environment.ts";

const invokedPlan = fileURLToPath(new URL("invoked-plan.ts", import.meta.url));

/** What a process left behind. */
export interface Ended {
  readonly code: number | null;
  /** Of stdout, with their line feeds. */
  readonly lines: string[];
  readonly ends: string[];
  readonly stderr: string;
  readonly runErr: string;
  readonly runOut: string;
}

export interface StartedPlan {
  readonly child: ChildProcess;
  readonly outputs: string;
  readonly ended: Promise<Ended>;
}

/** Starts a process that is one instance of a plan, in memory unless the changes say otherwise. */
export function startPlan(
  testCase: string,
  changes: Record<string, string> = {},
  plan: string = invokedPlan,
): StartedPlan {
  const outputs = temporaryDirectory();
  const environment = testEnvironment({
    PATH: process.env["PATH"] ?? "",
    TEST_RUN: "r",
    TEST_CASE: testCase,
    TEST_OUTPUTS_PATH: outputs,
    GROUNDPLAN_SYNC: "memory:",
    ...changes,
  });
  return { ...startProcess(plan, environment, outputs), outputs };
}

/** Starts a plan with these variables and no others. */
export function startProcess(
  plan: string,
  environment: Readonly<Record<string, string>>,
  outputs: string,
): Pick<StartedPlan, "child" | "ended"> {
  const child = spawn(process.execPath, ["--import", "tsx", plan], { env: environment });
  onTestFinished(() => void child.kill("SIGKILL"));
  const read = (name: string): Promise<string> =>
    readFile(join(outputs, name), "utf8").catch(() => "");
  const ended = async (): Promise<Ended> => {
    const code = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const lines = stdout.split(/(?<=\n)/);
    const files = { runErr: await read("run.err"), runOut: await read("run.out") };
    return { code: await code, lines, ends: terminalEvents(lines), stderr, ...files };
  };
  return { child, ended: ended() };
}

export const runPlan = (testCase: string, changes?: Record<string, string>): Promise<Ended> =>
  startPlan(testCase, changes).ended;

/** Once the instance says it is waiting. */
export async function waiting(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => String(chunk).includes("waiting") && resolve());
    child.on("exit", () => reject(new Error("the process ended before it was waiting")));
  });
}
