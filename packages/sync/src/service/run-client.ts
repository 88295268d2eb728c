import type { Scope } from "../atoms/store.ts";
import type { Wait } from "../wait.ts";
import { byFullKey } from "./address.ts";
import { Caller } from "./caller.ts";
import type { Channel } from "./channel.ts";
import { type Frame, frameIn, textIn } from "./fields.ts";

export interface RunToOpen {
  readonly scope: Scope;
  readonly sessionTtlMs: number | undefined;
}

/**
 * Opens a run under a handle of this process's choosing, on this connection and on every later one. There the service
 * is told how the run was marked, and refuses if its store has lost it meanwhile.
 */
export async function openRun(
  channel: Channel,
  handle: string,
  run: RunToOpen,
  wait: Wait,
): Promise<void> {
  const caller = new Caller(channel, byFullKey);
  const args: Frame = { ...run, handle };
  const read = (frame: Frame): void => {
    const mark = textIn(frameIn(frame, "result"), "mark");
    channel.keepRun(handle, () => caller.body("open", { ...args, mark }));
  };
  try {
    await caller.call("open", { args, wait, read });
  } catch (error) {
    // It may have been opened all the same.
    closeRun(channel, handle);
    throw error;
  }
}

/** The service lets go of the run, if there is a connection; without one, so it does by itself. */
export function closeRun(channel: Channel, handle: string): void {
  channel.forgetRun(handle);
  const caller = new Caller(channel, { ...byFullKey, run: handle });
  caller.call("close", { args: {}, wait: {}, read: () => {} }).catch(() => {});
}
