import type { SyncError } from "../error.ts";
import { pending, type Wait } from "../wait.ts";
import type { Channel } from "./channel.ts";
import type { Frame } from "./fields.ts";
import { errorIn } from "./wire-error.ts";

export interface Exchange<T> {
  /** The request's JSON text behind the id; made anew for each connection that it is sent on. */
  readonly body: () => string;
  /** The handle of the run that it is about. */
  readonly run?: string | undefined;
  /** The answer; what it throws rejects the exchange. */
  readonly read: (frame: Frame) => T;
  /** Takes a frame that comes before the answer; false if it is the answer. */
  readonly part?: (frame: Frame) => boolean;
  /** What to say at the deadline. */
  readonly describe: (timeoutMs: number) => string;
  /** For what may not be asked twice: what the caller gets when the connection is lost before the answer. */
  readonly lost?: (error: SyncError) => SyncError;
}

/** One request and its answer, over as many connections as it takes. A caller that stops waiting cancels it in the service. */
export async function exchange<T>(
  channel: Channel,
  wait: Wait,
  { body, run, read, part, describe, lost }: Exchange<T>,
): Promise<T> {
  wait.signal?.throwIfAborted();
  let id: string | undefined;
  const answer = pending<T>(wait, describe, () => {
    if (id !== undefined) channel.cancel(id);
  });
  const receive = (frame: Frame): void => {
    const error = errorIn(frame, channel.name);
    if (error === undefined && part?.(frame)) return;
    if (id !== undefined) channel.forget(id);
    if (error === undefined) answer.resolve(read(frame));
    else answer.reject(error);
  };
  const request = { body, run, receive, fail: answer.reject };
  try {
    id = channel.send(
      lost === undefined
        ? request
        : { ...request, lost: (error: SyncError) => answer.reject(lost(error)) },
    );
  } catch (error) {
    answer.reject(error);
  }
  return answer.promise;
}
