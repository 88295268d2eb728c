import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText, toError } from "../thrown.ts";
import { parseGoDuration } from "../units/go-duration.ts";
import { startCpuProfile } from "./cpu-profile.ts";
import { startHeapSampling } from "./heap-sampling.ts";

/** Ends a capture: what is under way is written. */
type Close = () => Promise<void>;

/** A timer set for longer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Takes the profiles of `TEST_CAPTURE_PROFILES` and writes them to the outputs directory: `cpu` of the whole time to
 * `cpu.cpuprofile`, at its end; `heap` each period (`5s`) to `heap.<time>.heapprofile`. What cannot be taken is told in
 * one message, and is no reason to fail. Closed by the caller.
 */
export async function captureProfiles(
  kinds: Readonly<Record<string, string>>,
  directory: string,
  report: (message: string) => void,
): Promise<{ close(): Promise<void> }> {
  const names = Object.keys(kinds);
  const closes: Close[] = [];
  const faults: string[] = [];
  if (names.length > 0 && directory === "") faults.push("there is no outputs directory");
  for (const name of directory === "" ? [] : names) {
    try {
      closes.push(await capture(name, kinds[name] ?? "", directory, report));
    } catch (thrown) {
      faults.push(errorText(toError(thrown)));
    }
  }
  if (faults.length > 0) {
    report(`some or all profile captures failed to initialize: ${faults.join("; ")}`);
  }
  return {
    async close() {
      for (const outcome of await Promise.allSettled(closes.map((close) => close()))) {
        if (outcome.status === "rejected") report(lost(outcome.reason));
      }
    },
  };
}

async function capture(
  kind: string,
  period: string,
  directory: string,
  report: (message: string) => void,
): Promise<Close> {
  if (kind === "cpu") return captureCpu(join(directory, "cpu.cpuprofile"));
  if (kind !== "heap") {
    throw new Error(`profile of kind ${kind} not recognized; skipped (there are cpu and heap)`);
  }
  const periodMs = parseGoDuration(period) ?? 0;
  if (periodMs > 0 && periodMs <= LONGEST_MS) return captureHeap(periodMs, directory, report);
  throw new Error(`unparseable duration for profile of kind heap: ${period}`);
}

async function captureCpu(path: string): Promise<Close> {
  const profile = await startCpuProfile();
  return async () => writeFile(path, await profile.stop());
}

async function captureHeap(
  periodMs: number,
  directory: string,
  report: (message: string) => void,
): Promise<Close> {
  const sampling = await startHeapSampling();
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    const at = new Date().toISOString();
    try {
      await writeFile(join(directory, `heap.${at}.heapprofile`), await sampling.profile());
    } catch (error) {
      report(lost(error));
    } finally {
      writing = undefined;
    }
  };
  const timer = setInterval(() => {
    writing ??= write();
  }, periodMs).unref();
  return async () => {
    clearInterval(timer);
    await writing;
    await sampling.stop();
  };
}

function lost(cause: unknown): string {
  return `failed to write profile: ${errorText(toError(cause))}`;
}
