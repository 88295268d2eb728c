import { resolve } from "node:path";
import { type Duration, durationMs } from "@groundplan/dsl";
import { messageOf, usage } from "../command-error.ts";
import { parseTexts } from "./groups.ts";
import type { Interruption } from "./interruption.ts";
import type { RunArguments } from "./options.ts";
import type { RunRequest } from "./run-plan.ts";

/** What is the same for every run of a command. */
export type RunSettings = Omit<RunRequest, "plan" | "bundle" | "checked" | "groups">;

/** The settings on the command line. Throws a `CommandError` for what they cannot be. */
export function runSettings(args: RunArguments, interruption: Interruption): RunSettings {
  if (args["collect-file"] !== undefined && !args.collect) {
    throw usage("-o names the file of --collect, which is not there; outputs go where --out says");
  }
  return {
    sync: args.sync,
    out: resolve(args.out),
    timeoutMs: parseTimeout(args.timeout),
    processes: parseProcesses(args.processes),
    seed: args.seed,
    disableMetrics: args["disable-metrics"],
    ports: parsePorts(parseTexts(args.port, "--port"), "--port"),
    screen: args.json ? process.stderr : process.stdout,
    interruption,
  };
}

/** Ports by label, if they are. */
export function parsePorts(
  ports: Readonly<Record<string, string>>,
  where: string,
): Readonly<Record<string, string>> {
  for (const [label, port] of Object.entries(ports)) {
    const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
    if (!isPort) throw usage(`${where} ${label}=${port}: write a port from 1 to 65535`);
    if (!/^\s*\w+\s*$/.test(label)) throw usage(`${where}: '${label}' cannot name a variable`);
  }
  return ports;
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return durationMs((/^\d+$/.test(text) ? Number(text) : text) as Duration, "--timeout");
  } catch (error) {
    throw usage(messageOf(error), error);
  }
}

function parseProcesses(n: number | undefined): number | undefined {
  if (n === undefined || (Number.isSafeInteger(n) && n > 0)) return n;
  throw usage(`--processes: ${n} is not a number of processes; give a whole number from 1`);
}
