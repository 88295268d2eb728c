/** Full jitter: thousands of processes that lost one server do not come back in step. */
export function backoff(attempt: number): number {
  return Math.random() * Math.min(5_000, 100 * 2 ** Math.min(attempt, 6));
}
