import { SyncError, type Wait } from "@groundplan/sync";
import type { Member } from "../member.ts";
import { describeMissing, seconds } from "./blame.ts";
import { type Deadline, deadline } from "./deadline.ts";
import type { Gathering } from "./meeting.ts";
import type { Performer } from "./performer.ts";
import { StageError } from "./stage-error.ts";

/** What an instance waits for in the store. */
export interface Awaited {
  /** `barrier 'connected'`. */
  readonly what: string;
  readonly stage: { readonly timeoutMs?: number };
  /** Where they are gathered. */
  readonly key: string;
  readonly from: readonly Member[];
  readonly gathering: Gathering;
}

/** For asking who is missing, when time is up already. */
const BLAME_MS = 2_000;

/** Performs a wait in the store within the stage's time; at its end, says who is missing and what they do. */
export async function awaiting<T>(
  performer: Performer,
  awaited: Awaited,
  operation: (wait: Wait) => Promise<T>,
  stage: string = awaited.key,
): Promise<T> {
  performer.progress.set(performer.me.id, stage, "wait");
  const limit = deadline(performer, awaited.stage.timeoutMs);
  try {
    return await operation({ signal: performer.signal, timeoutMs: limit.ms });
  } catch (cause) {
    if (!(cause instanceof SyncError) || cause.code === "aborted") throw cause;
    if (cause.code !== "timeout") throw new StageError("store", stage, cause.message, { cause });
    const code = limit.isRuns ? "run-timeout" : "wait-timeout";
    throw new StageError(code, stage, await explain(performer, awaited, limit), { cause });
  }
}

async function explain(performer: Performer, awaited: Awaited, limit: Deadline): Promise<string> {
  const { what, from, gathering, key } = awaited;
  const wait = { signal: performer.signal, timeoutMs: BLAME_MS };
  const present = await performer.meeting.present(gathering, key, wait).catch(() => undefined);
  const whole = seconds(performer.definition.timeoutMs);
  const opening = limit.isRuns ? `the run did not finish in ${whole}: ` : "";
  const after = limit.isRuns ? "" : ` after ${seconds(limit.ms)}`;
  if (present === undefined) {
    return `${opening}${what}: not all ${from.length} arrived${after}; this store cannot say who is missing`;
  }
  const missing = from.filter(({ id }) => !present.has(id));
  const progress = await performer.progress.read(BLAME_MS).catch(() => new Map());
  const have = from.length - missing.length;
  return `${opening}${what}: ${have} of ${from.length}${after}. ${describeMissing(missing, progress)}`;
}
