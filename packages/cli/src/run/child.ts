import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { formatShares } from "../host/environments.ts";
import type { HostMessage, Seat } from "../host/message.ts";
import type { Placement } from "./placement.ts";

/** What is the same for every process of a run. */
export interface ChildSettings {
  readonly bundle: string;
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
  readonly process: ChildProcess;
  readonly seats: readonly Seat[];
  /** The end of its stderr, for a process that could not even start. */
  lastWords(): string;
}

const WORDS = 6;

export function startChild(
  placement: Placement,
  { bundle, environment }: ChildSettings,
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
  const words: string[] = [];
  const { stdout, stderr } = child;
  if (stdout !== null) readLines(stdout, (line) => isContractLine(line) || events.line(line));
  if (stderr !== null) {
    readLines(stderr, (line) => {
      words.push(line);
      if (words.length > WORDS) words.shift();
      events.line(line);
    });
  }
  child.on("message", (message) => events.message(message as HostMessage));
  child.on("error", (error) => words.push(error.message));
  child.on("close", (code, signal) => {
    events.exit(signal === null ? `exited with code ${code}` : `was killed by ${signal}`);
  });
  const seats = placement.flatMap(({ group, first, count }) =>
    Array.from({ length: count }, (_, index) => ({ group, ordinal: first + index })),
  );
  return { process: child, seats, lastWords: () => words.join("\n") };
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

/** Events and log lines, which stand in the outputs; the user's own prints do not. */
function isContractLine(line: string): boolean {
  return line.startsWith('{"ts":');
}
