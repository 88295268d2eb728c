import { linkSignals } from "../on-abort.ts";
import type { Wait } from "../wait.ts";
import type { SettledRequests } from "./settled-requests.ts";

/** What the bindings of one namespace share. */
export interface NamespaceWaits {
  /** The first part of every key of the run. */
  readonly base: string;
  /** Aborts when the namespace closes. */
  readonly closing: AbortSignal;
  readonly requests: SettledRequests;
}

/** Runs one operation that also ends when the namespace closes. */
export async function until<W extends Wait, T>(
  closing: AbortSignal,
  wait: W,
  operation: (wait: W) => Promise<T>,
): Promise<T> {
  const link = linkSignals([closing, wait.signal]);
  try {
    return await operation({ ...wait, signal: link.signal });
  } finally {
    link.release();
  }
}

/** Follows something that also ends when the namespace closes. */
export async function* follower<W extends Wait, T>(
  closing: AbortSignal,
  follow: W,
  start: (follow: W) => AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  const link = linkSignals([closing, follow.signal]);
  try {
    yield* start({ ...follow, signal: link.signal });
  } finally {
    link.release();
  }
}
