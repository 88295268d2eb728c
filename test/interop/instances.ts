import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { scratch } from "../groundplan.ts";

/** Where instances meet, as the variables of each language say it. */
export type Meeting = Readonly<Record<string, string>>;

/** What to start as an instance: a program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** The plan "interop" in TypeScript. */
export const ts: Command = [
  process.execPath,
  "--import",
  tsx,
  join(import.meta.dirname, "interop-plan.ts"),
];
/** The plan "interop" on `@testground/sdk`. */
export const js: Command = [process.execPath, join(import.meta.dirname, "interop-plan.cjs")];

/** So many instances of each group, each started by the group's command. */
export type Groups = Readonly<Record<string, { readonly command: Command; readonly n: number }>>;

/** An instance that is running. */
interface Started {
  readonly group: string;
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once it has recorded the message. */
  said(message: string): Promise<void>;
}

/** What an instance left behind. */
export interface Ended {
  readonly group: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its events on stdout, in order. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** What the instance left for the test, if it did. */
  readonly seen: unknown;
}

/** A run of the plan "interop". */
export interface MixedRun {
  readonly instances: readonly Started[];
  /** All of them, once all have ended, in order of their start. */
  readonly ended: Promise<readonly Ended[]>;
  /** The variables of the run, for a program that is none of its instances. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts an instance for each of the groups' counts; all end with the test. */
export function startRun(testCase: string, groups: Groups, meeting: Meeting): MixedRun {
  const outputs = scratch();
  const total = Object.values(groups).reduce((sum, { n }) => sum + n, 0);
  const environment = {
    PATH: process.env["PATH"] ?? "",
    TEST_PLAN: "interop",
    TEST_CASE: testCase,
    TEST_RUN: randomUUID(),
    TEST_INSTANCE_COUNT: `${total}`,
    TEST_SIDECAR: "false",
    TEST_SUBNET: "127.1.0.0/16",
    TEST_INSTANCE_PARAMS: "",
    ...meeting,
  };
  const instances = Object.entries(groups).flatMap(([group, { command, n }]) =>
    Array.from({ length: n }, (_, i) => {
      const path = join(outputs, group, `${i}`);
      const own = {
        TEST_GROUP_ID: group,
        TEST_GROUP_INSTANCE_COUNT: `${n}`,
        TEST_OUTPUTS_PATH: path,
      };
      return start(group, command, path, { ...environment, ...own });
    }),
  );
  const ended = Promise.all(instances.map((instance) => instance.ended));
  return { instances, ended, environment };
}

function start(
  group: string,
  [program, ...args]: Command,
  outputs: string,
  env: Readonly<Record<string, string>>,
): Started {
  mkdirSync(outputs, { recursive: true });
  // The SDK for JavaScript writes a file into the working directory.
  const child = spawn(program, args, { cwd: outputs, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (texts.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (texts.stderr += text));
  const seen = join(outputs, "seen.json");
  const finish = async (): Promise<Ended> => {
    const [code] = await once(child, "close");
    return {
      group,
      code,
      ...texts,
      events: eventsOf(texts.stdout),
      seen: existsSync(seen) ? JSON.parse(readFileSync(seen, "utf8")) : undefined,
    };
  };
  const said = async (message: string): Promise<void> => {
    while (!texts.stdout.includes(`"message":"${message}"`)) {
      if (child.exitCode !== null) throw new Error(`${group} ended without saying ${message}`);
      await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    }
  };
  return { group, process: child, ended: finish(), said };
}

/**
 * Starts a program that watches a run and prints a JSON value a line, and resolves with them once it has ended. One that
 * still waits for something when all instances have ended, and a while after, is ended.
 */
export async function watch(
  program: string,
  { environment, ended }: MixedRun,
): Promise<readonly unknown[]> {
  const child = spawn(program, [], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const closed = once(child, "close");
  await Promise.race([closed, ended.then(() => setTimeout(20_000, undefined, { ref: false }))]);
  child.kill("SIGKILL");
  await closed;
  return text
    .split("\n")
    .filter((line) => line.startsWith("{") || line.startsWith("["))
    .map((line) => JSON.parse(line));
}

const Line = z.object({ event: z.record(z.string(), z.unknown()) });

function eventsOf(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout.split("\n").flatMap((line) => {
    const { success, data } = Line.safeParse(parsed(line));
    return success ? [data.event] : [];
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
