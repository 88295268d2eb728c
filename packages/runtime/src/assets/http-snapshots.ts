import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText, toError } from "../thrown.ts";

/** What to fetch, and where to. */
export interface HttpSnapshotOptions {
  readonly url: string;
  /** Milliseconds from one to the next, and as long as one may take. */
  readonly periodMs: number;
  /** The directory the snapshots go to. */
  readonly directory: string;
  /** Hears of a snapshot that could not be taken; the next is tried all the same. */
  readonly report: (message: string) => void;
}

/** Fetches a URL each period into `<seconds since 1970>.out`. Keeps no process alive. Closed by the caller. */
export function takeHttpSnapshots(options: HttpSnapshotOptions): { close(): Promise<void> } {
  mkdirSync(options.directory, { recursive: true });
  const closing = new AbortController();
  let under: Promise<void> | undefined;
  const timer = setInterval(() => {
    under ??= snapshot(options, closing.signal).finally(() => {
      under = undefined;
    });
  }, options.periodMs).unref();
  return {
    async close() {
      clearInterval(timer);
      closing.abort();
      await under;
    },
  };
}

async function snapshot(options: HttpSnapshotOptions, closed: AbortSignal): Promise<void> {
  const { url, directory, periodMs, report } = options;
  try {
    const signal = AbortSignal.any([closed, AbortSignal.timeout(periodMs)]);
    const response = await fetch(url, { signal });
    const body = Buffer.from(await response.arrayBuffer());
    await writeFile(join(directory, `${Math.floor(Date.now() / 1_000)}.out`), body);
  } catch (thrown) {
    if (!closed.aborted) report(`error while scraping ${url}: ${errorText(toError(thrown))}`);
  }
}
