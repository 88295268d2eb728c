import { resolve } from "node:path";
import { type Duration, durationMs } from "@groundplan/dsl";
import type { Argv, CommandModule } from "yargs";
import { messageOf, usage } from "../command-error.ts";
import { checkCase } from "./check-case.ts";
import { parseGroups } from "./groups.ts";
import { Interruption } from "./interruption.ts";
import { loadPlan, type Program } from "./load-plan.ts";
import { runPlan } from "./run-plan.ts";
import { summary } from "./summary.ts";

interface RunArguments {
  readonly plan: string;
  readonly case: string | undefined;
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
  readonly sync: string;
  readonly out: string;
  readonly timeout: string | undefined;
  readonly processes: number | undefined;
  readonly seed: string | undefined;
  readonly json: boolean;
}

/** `groundplan run <plan> [case]`. */
export function runCommand(program: Program | undefined): CommandModule<object, RunArguments> {
  return {
    command: "run <plan> [case]",
    describe: "Runs a test case of a plan with N instances on this machine",
    builder: declare,
    handler: (args) => run(args, program),
  };
}

function declare(yargs: Argv<object>): Argv<RunArguments> {
  return yargs
    .positional("plan", {
      type: "string",
      demandOption: true,
      describe: "File that exports the plan",
    })
    .positional("case", { type: "string", describe: "Test case; may be left out if there is one" })
    .options({
      instances: { alias: "n", type: "number", requiresArg: true, describe: "Number of instances" },
      group: {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: "id=N[,param=value…]: a group of instances, instead of -n",
      },
      param: {
        alias: "p",
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: "name=value, for all groups",
      },
      sync: {
        type: "string",
        default: "embedded",
        requiresArg: true,
        describe: "Store: embedded, redis (REDIS_HOST, REDIS_PORT), redis://… or ws://…",
      },
      out: {
        type: "string",
        default: "outputs",
        requiresArg: true,
        describe: "Directory for outputs",
      },
      timeout: {
        type: "string",
        requiresArg: true,
        describe: "Longest time for the whole run: 60s, 5m",
      },
      processes: {
        type: "number",
        requiresArg: true,
        describe:
          "Processes to place the instances in; by default one each, as far as this machine carries them",
      },
      seed: {
        type: "string",
        requiresArg: true,
        describe: "Seed of every draw, to repeat those of another run; its run id unless given",
      },
      json: {
        type: "boolean",
        default: false,
        describe: "Print the result as JSON, last on stdout",
      },
    });
}

async function run(args: RunArguments, loaded: Program | undefined): Promise<void> {
  const groups = parseGroups(args);
  const timeoutMs = parseTimeout(args.timeout);
  const processes = parseProcesses(args.processes);
  using interruption = new Interruption();
  const { plan, bundle } = await load(args.plan, loaded, interruption);
  try {
    const checked = checkCase(plan, args.case, groups);
    const screen = args.json ? process.stderr : process.stdout;
    const { sync, out } = { ...args, out: resolve(args.out) };
    const how = { sync, out, timeoutMs, processes, seed: args.seed, screen, interruption };
    const finished = await runPlan({ plan, bundle, checked, groups, ...how });
    screen.write(`${summary(finished)}\n`);
    if (args.json) process.stdout.write(`${JSON.stringify(finished.result)}\n`);
    process.exitCode = finished.exitCode;
  } finally {
    await bundle.remove();
  }
}

async function load(
  path: string,
  loaded: Program | undefined,
  interruption: Interruption,
): ReturnType<typeof loadPlan> {
  try {
    return await loadPlan(path, loaded);
  } catch (error) {
    // The bundler, too, has heard of it, and failed.
    interruption.check();
    throw error;
  }
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
