import { type Namespace, Semaphore } from "@groundplan/sync";

/** However many instances there are, at most ten connections are being dialled; a heavy dial counts for three. */
export async function dialGently<T>(
  run: Namespace,
  isHeavy: boolean,
  dial: () => Promise<T>,
): Promise<T> {
  const dials = new Semaphore(run, "dials", 10);
  await using _permits = await dials.acquire({ permits: isHeavy ? 3 : 1, timeoutMs: 10_000 });
  return await dial();
}
