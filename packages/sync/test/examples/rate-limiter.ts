import { type Namespace, RateLimiter } from "@groundplan/sync";

/** Dials peers, with all instances together no faster than 200 a second. */
export async function dialAll(
  run: Namespace,
  peers: readonly string[],
  dial: (peer: string) => Promise<void>,
): Promise<void> {
  const limiter = new RateLimiter(run, "dial", { permits: 200 });
  for (const peer of peers) {
    await limiter.acquire(1, { timeoutMs: 10_000 });
    await dial(peer);
  }
}
