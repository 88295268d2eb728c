import type { Member } from "../member.ts";
import type { BodyStage } from "../stage.ts";
import type { Performer, Rounds } from "./performer.ts";

/** One instance in a stage with a body. */
export interface BodyVisit {
  readonly performer: Performer;
  readonly stage: BodyStage;
  readonly key: string;
  readonly rounds: Rounds;
  /** Ends whatever the body is doing when the stage is over. */
  readonly ending: AbortController;
  /** Whom the body dials, in a stage that connects. */
  readonly peer?: Member | undefined;
  /** The edges whose bodies have not returned, in a stage that connects. */
  readonly open?: Set<BodyVisit> | undefined;
  /** From 1. */
  attempt: number;
  /** What the attempt before it threw. */
  lastError: string | undefined;
}

/** ` (attempt 3 of 5, last error: …)`, or nothing where there is only one; of all the open edges in a stage that connects. */
export function describeAttempt({ stage, attempt, lastError, open }: BodyVisit): string {
  if (open !== undefined) return describeOpen([...open]);
  if (stage.retry === undefined) return "";
  const { attempts } = stage.retry;
  const which = attempts === undefined ? `${attempt}` : `${attempt} of ${attempts}`;
  return ` (attempt ${which}${lastError === undefined ? "" : `, last error: ${lastError}`})`;
}

const NAMED = 10;

/** ` towards #4 (peer) (attempt 2 of 3, last error: …), #7 (peer)` */
function describeOpen(edges: readonly BodyVisit[]): string {
  const named = edges.slice(0, NAMED).map((edge) => {
    return `${edge.peer === undefined ? "" : whom(edge.peer)}${describeAttempt(edge)}`;
  });
  const others = edges.length - named.length;
  return ` towards ${named.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}

export function whom({ id, role }: Member): string {
  return `#${id} (${role})`;
}

/** What the draws of a visit are made from besides its stage: in a stage that connects, each edge has its own. */
export function drawsOf({ peer }: Pick<BodyVisit, "peer">): readonly number[] {
  return peer === undefined ? [] : [peer.id];
}
