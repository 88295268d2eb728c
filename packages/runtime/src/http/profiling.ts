import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { getHeapSnapshot } from "node:v8";
import { startCpuProfile } from "../profiles/cpu-profile.ts";
import { startHeapSampling } from "../profiles/heap-sampling.ts";

/** As for Go's handler. */
const CPU_SECONDS = 30;
const MAX_SECONDS = 600;

export const profilingIndex = `Profiles of this Node process, in the formats of Chrome's and VS Code's tools:

/debug/pprof/profile?seconds=30   CPU, as .cpuprofile
/debug/pprof/heap?seconds=30      what is allocated in that time and stays, as .heapprofile
/debug/pprof/heap                 all that is on the heap, as .heapsnapshot (stops the process while it is taken)
`;

/** Answers with a CPU profile of the next `seconds`. */
export async function sendCpuProfile(
  query: URLSearchParams,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const seconds = secondsOf(query, CPU_SECONDS);
  if (seconds === undefined) return refuse(response);
  const profile = await startCpuProfile();
  await wait(seconds, signal);
  const text = await profile.stop();
  attach(response, "cpu.cpuprofile").end(text);
}

/** Answers with a heap snapshot; with an allocation profile of the next `seconds`, where these are given. */
export async function sendHeap(
  query: URLSearchParams,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const seconds = secondsOf(query, 0);
  if (seconds === undefined) return refuse(response);
  if (seconds === 0) {
    return pipeline(getHeapSnapshot(), attach(response, "heap.heapsnapshot"), { signal });
  }
  const sampling = await startHeapSampling();
  try {
    await wait(seconds, signal);
    attach(response, "heap.heapprofile").end(await sampling.profile());
  } finally {
    await sampling.stop();
  }
}

/** Aborts when whoever asked has gone. */
export function goneSignal(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  request.on("error", () => {});
  response.on("close", () => gone.abort());
  return gone.signal;
}

/** As long as that, or until nobody waits for the profile any more. */
async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(seconds * 1_000, undefined, { ref: false, signal }).catch(() => {});
}

function secondsOf(query: URLSearchParams, absent: number): number | undefined {
  const text = query.get("seconds");
  if (text === null) return absent;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return seconds > 0 && seconds <= MAX_SECONDS ? seconds : undefined;
}

function refuse(response: ServerResponse): void {
  response.writeHead(400).end(`seconds must be a number over 0, and ${MAX_SECONDS} at most\n`);
}

function attach(response: ServerResponse, name: string): ServerResponse {
  return response.writeHead(200, {
    "content-type": "application/json",
    "content-disposition": `attachment; filename="${name}"`,
  });
}
