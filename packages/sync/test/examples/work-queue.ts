import { type Namespace, WorkQueue } from "@groundplan/sync";
import { z } from "zod";

/** Shares jobs out among all instances; what a crashed one had in hand is done by another. */
export async function shareOut(
  run: Namespace,
  mine: readonly string[],
  work: (job: string, lost: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await using jobs = new WorkQueue(run, "jobs", { schema: z.string(), maxDeliveries: 3 });
  for (const job of mine) await jobs.put(job);
  await jobs.consume(({ value, lost }) => work(value, lost), {
    concurrency: 4,
    retryDelayMs: 100,
    signal,
  });
}
