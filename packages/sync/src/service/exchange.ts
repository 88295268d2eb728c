import { pending, type Wait } from "../wait.ts";
import type { Channel } from "./channel.ts";
import type { Frame } from "./fields.ts";
import { errorIn } from "./wire-error.ts";

export interface Exchange<T> {
  /** The request's JSON text behind the id. */
  readonly body: string;
  /** The answer; what it throws rejects the exchange. */
  readonly read: (frame: Frame) => T;
  /** Takes a frame that comes before the answer; false if it is the answer. */
  readonly part?: (frame: Frame) => boolean;
  /** What to say at the deadline. */
  readonly describe: (timeoutMs: number) => string;
  /** What the caller gets when the connection is lost before the answer; that loss unless given. */
  readonly lost?: (error: unknown) => unknown;
}

/** One request and its answer. A caller that stops waiting cancels it in the service. */
export async function exchange<T>(
  channel: Channel,
  wait: Wait,
  { body, read, part, describe, lost }: Exchange<T>,
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
  const fail = (error: unknown): void => answer.reject(lost === undefined ? error : lost(error));
  try {
    id = channel.send(body, { receive, fail });
  } catch (error) {
    answer.reject(error);
  }
  return answer.promise;
}
