import { SyncError, type Wait } from "@groundplan/sync";
import type { Member } from "../member.ts";
import { describeMissing, seconds } from "./blame.ts";
import { type Deadline, deadline } from "./deadline.ts";
import type { Gathering } from "./meeting.ts";
import type { Performer } from "./performer.ts";
import { StageError } from "./stage-error.ts";
import { passedBy } from "./visit-order.ts";

/** What an instance waits for in the store. */
export interface Awaited {
  /** `barrier 'connected'`. */
  readonly what: string;
  readonly stage: { readonly timeoutMs?: number };
  /** Where they are gathered. */
  readonly key: string;
  readonly from: readonly Member[];
  readonly gathering: Gathering;
  /** When the stage was entered, where this is not the first it waits for. */
  readonly since?: number | undefined;
  /** Says how far it has come, where that is not by names. */
  readonly explain?: () => Promise<string>;
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
  const limit = deadline(performer, awaited.stage.timeoutMs, awaited.since);
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
  const whole = seconds(performer.definition.timeoutMs);
  const opening = limit.isRuns ? `the run did not finish in ${whole}: ` : "";
  const after = limit.isRuns ? "" : ` after ${seconds(awaited.stage.timeoutMs ?? limit.ms)}`;
  if (awaited.explain !== undefined) return `${opening}${what}${after}: ${await awaited.explain()}`;
  const wait = { signal: performer.signal, timeoutMs: BLAME_MS };
  const progress = await performer.progress.read(BLAME_MS).catch(() => new Map());
  const present =
    (await performer.meeting.present(gathering, key, wait).catch(() => undefined)) ??
    passedBy(performer.definition.stages, key, progress);
  const { ids: lost } = performer.losses;
  const expected = from.filter(({ id }) => present.has(id) || !lost.has(id));
  const missing = expected.filter(({ id }) => !present.has(id));
  const have = expected.length - missing.length;
  return `${opening}${what}: ${have} of ${expected.length}${after}. ${describeMissing(missing, progress)}`;
}
