import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { serveAsChild } from "./child.ts";
import { Lane, type ScheduleResult } from "./lane.ts";
import { scheduleOf } from "./schedule.ts";
import { Tally } from "./tally.ts";

/*
 * Runs fault schedules against Redis:
 *   main.ts [--seeds 1000] [--from 1] [--lanes <two a core>]
 *   main.ts --seed 17 [--times 1]     that schedule alone, and what it is
 */
const STANDSTILL_MS = 60_000;
const PROGRAM = import.meta.filename;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      lanes: { type: "string", default: `${2 * availableParallelism()}` },
      seed: { type: "string" },
      times: { type: "string", default: "1" },
    },
  });
  const { seed } = values;
  const seeds =
    seed === undefined
      ? Array.from({ length: whole(values.seeds) }, (_, i) => whole(values.from) + i)
      : Array.from({ length: whole(values.times) }, () => whole(seed));
  if (seed !== undefined) print(JSON.stringify(scheduleOf(whole(seed)), undefined, 2));
  const tally = new Tally(print);
  const lanes = seed === undefined ? Math.min(whole(values.lanes), seeds.length) : 1;
  await Promise.all(Array.from({ length: lanes }, () => runLane(seeds, tally)));
  print(tally.summary());
  process.exitCode = tally.violations > 0 ? 1 : 0;
}

/**
 * A lane has a process of its own, so that what it leaves behind can be told. One that fails is replaced: another
 * schedule would begin in its ruins.
 */
async function runLane(seeds: number[], tally: Tally): Promise<void> {
  while (seeds.length > 0) await runLaneProcess(seeds, tally);
}

function runLaneProcess(seeds: number[], tally: Tally): Promise<void> {
  const lane = fork(PROGRAM, ["lane"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let isReady = false;
  let current: number | undefined;
  const next = (): void => {
    current = seeds.shift();
    if (current === undefined) lane.disconnect();
    else lane.send(current);
  };
  return new Promise((resolve, reject) => {
    lane.on("message", (message: LaneMessage) => {
      isReady = true;
      if (message.type === "failed") {
        tally.failed(message.seed, message.text);
        current = undefined;
        return;
      }
      if (message.type === "result") tally.add(message.result);
      next();
    });
    lane.on("exit", (code) => {
      if (current !== undefined) tally.failed(current, `its process ended with ${code}`);
      if (isReady) resolve();
      else reject(new Error(`no schedule could begin: the process for it ended with ${code}`));
    });
  });
}

type LaneMessage =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly result: ScheduleResult }
  | { readonly type: "failed"; readonly seed: number; readonly text: string };

async function serveAsLane(): Promise<void> {
  const lane = await Lane.open(PROGRAM);
  const tell = (message: LaneMessage): void => {
    process.send?.(message);
  };
  const close = async (): Promise<void> => {
    await lane[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.on("message", async (seed: number) => {
    const stop = new AbortController();
    try {
      const run = lane.run(scheduleOf(seed));
      const standstill = setTimeout(STANDSTILL_MS, undefined, { signal: stop.signal }).then(() => {
        const faults = [...lane.underWay].join(", ");
        throw new Error(`it stands still, trying to ${lane.phase}; not over: ${faults || "none"}`);
      });
      standstill.catch(() => {});
      tell({ type: "result", result: await Promise.race([run, standstill]) });
    } catch (error) {
      tell({ type: "failed", seed, text: String(error) });
      await close();
    } finally {
      stop.abort();
    }
  });
  process.on("disconnect", () => void close());
  tell({ type: "ready" });
}

/** Nothing was tested if it is not. */
function whole(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`"${text}" is not a whole number from 1`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const [role, ...rest] = process.argv.slice(2);
if (role === "lane") await serveAsLane();
else if (role === "child") serveAsChild();
else await main(role === undefined ? [] : [role, ...rest]);
