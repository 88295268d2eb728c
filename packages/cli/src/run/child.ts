import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { formatShares } from "../host/environments.ts";
import type { HostMessage, Seat } from "../host/message.ts";
import { type ArtifactInstance, artifactEnvironment } from "./artifact.ts";
import type { Placement } from "./placement.ts";
import { isSdkLine, StdoutOutcome } from "./stdout-outcome.ts";

/** What is the same for every process of a run. */
export interface ChildSettings {
  /** The plan's file, bundled; undefined where all instances are artifacts. */
  readonly bundle: string | undefined;
  /** The contract's variables that all instances share. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildEvents {
  message(message: HostMessage): void;
  /** A line on stdout that is not one of the contract's, or a line on stderr. */
  line(line: string): void;
  /** The process is gone, and everything it said has been heard. */
  exit(how: string): void;
}

/** A process of the run, and the instances in it. */
export interface Child {
  readonly seats: readonly Seat[];
  /** Whether it hears by itself that the run is over. */
  readonly isHost: boolean;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** The end of its stderr, for a process that could not even start. */
  lastWords(): string;
}

const WORDS = 6;
/** Something that a program started may hold its pipes open for ever. */
const DRAIN_MS = 1_000;

/** Starts a process that performs instances of the plan. */
export function startHost(
  placement: Placement,
  { bundle = "", environment }: ChildSettings,
  events: ChildEvents,
): Child {
  const child = spawn(process.execPath, ["--enable-source-maps", bundle], {
    env: {
      ...inherited(),
      ...environment,
      GROUNDPLAN_HOST: "1",
      GROUNDPLAN_INSTANCES: formatShares(placement),
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json",
  });
  child.on("message", (message) => events.message(message as HostMessage));
  const lastWords = listen(child, events, (line) => line.startsWith('{"ts":'));
  const seats = placement.flatMap(({ group, first, count }) =>
    Array.from({ length: count }, (_, index) => ({ group, ordinal: first + index })),
  );
  return { seats, isHost: true, kill: (signal) => void child.kill(signal), lastWords };
}

/** Starts a program that is one instance, as `local:exec` would. How it ended is read from what it prints. */
export function startArtifact(
  instance: ArtifactInstance,
  { environment }: ChildSettings,
  events: ChildEvents,
): Child {
  const { seat, program } = instance;
  const env = artifactEnvironment(instance, environment);
  mkdirSync(env["TEST_OUTPUTS_PATH"] ?? "", { recursive: true });
  mkdirSync(env["TEST_TEMP_PATH"] ?? "", { recursive: true, mode: 0o700 });
  // In a process group of its own, so that what it starts ends with it.
  const options: SpawnOptions = { env, stdio: ["ignore", "pipe", "pipe"], detached: true };
  const child = spawn(program, [], options);
  const outcome = new StdoutOutcome();
  const take = (line: string): boolean => {
    const said = outcome.note(line);
    if (said !== undefined && said.type !== "ok")
      events.message({ type: "end", ...seat, end: said });
    return isSdkLine(line);
  };
  const exit = (how: string): void => {
    // What it left running has nobody to report to.
    killGroup(child, "SIGKILL");
    events.message({ type: "end", ...seat, end: outcome.end(how) });
    events.exit(how);
  };
  const lastWords = listen(child, { ...events, exit }, take);
  child.once("exit", () => drain(child));
  return { seats: [seat], isHost: false, kill: (signal) => killGroup(child, signal), lastWords };
}

/** Tells what the process says, and when it is gone; `take` says which lines on stdout are not for people. */
function listen(
  child: ChildProcess,
  { line, exit }: Pick<ChildEvents, "line" | "exit">,
  take: (line: string) => boolean,
): () => string {
  const words: string[] = [];
  const { stdout, stderr } = child;
  let failure: string | undefined;
  if (stdout !== null) readLines(stdout, (text) => take(text) || line(text));
  if (stderr !== null) {
    readLines(stderr, (text) => {
      words.push(text);
      if (words.length > WORDS) words.shift();
      line(text);
    });
  }
  child.on("error", (error) => {
    failure = `could not be started: ${error.message}`;
    words.push(error.message);
  });
  child.on("close", (code, signal) => {
    exit(failure ?? (signal === null ? `exited with code ${code}` : `was killed by ${signal}`));
  });
  return () => words.join("\n");
}

/** What a plan may need of the user's environment; nothing of a run that this one is started from. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TEST|GROUNDPLAN)_/.test(name)),
  );
}

function readLines(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream }).on("line", take);
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

function drain(child: ChildProcess): void {
  const timer = setTimeout(() => {
    killGroup(child, "SIGKILL");
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DRAIN_MS);
  child.once("close", () => clearTimeout(timer));
}
