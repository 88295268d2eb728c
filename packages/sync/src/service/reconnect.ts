import { SyncError } from "../error.ts";
import { backoff } from "../redis/backoff.ts";
import { sleep } from "../sleep.ts";

export interface Reconnection {
  /** How the connection was lost. */
  readonly lost: SyncError;
  /** Milliseconds; 0 for not at all. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** One attempt: rejects with `connection` if another is worth it. */
  attempt(timeoutMs: number): Promise<void>;
}

const ATTEMPT_MS = 5_000;

/** Tries until an attempt succeeds. Rejects once that is out of patience, and with anything but a lost connection. */
export async function reconnect({
  lost,
  patienceMs,
  signal,
  attempt,
}: Reconnection): Promise<void> {
  const end = performance.now() + patienceMs;
  let last: unknown = lost;
  for (let n = 0; performance.now() < end; n++) {
    await sleep(Math.min(backoff(n), end - performance.now()), signal);
    const left = Math.max(1, Math.ceil(end - performance.now()));
    try {
      await attempt(Math.min(ATTEMPT_MS, left));
      return;
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      last = error;
    }
  }
  throw patienceMs === 0 ? lost : outOfPatience(lost, patienceMs, last);
}

function isConnectionLoss(error: unknown): error is SyncError {
  return error instanceof SyncError && error.code === "connection";
}

function outOfPatience(lost: SyncError, patienceMs: number, last: unknown): SyncError {
  const why = last instanceof Error && last !== lost ? `; last: ${last.message}` : "";
  const message = `${lost.message}; it could not be made again within ${patienceMs} ms${why}`;
  return new SyncError("connection", message, { cause: lost });
}
