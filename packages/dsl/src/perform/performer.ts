import type { RunEnv } from "@groundplan/runtime";
import type { SyncClient } from "@groundplan/sync";
import type { Definition } from "../definition.ts";
import type { Member } from "../member.ts";
import type { Company } from "./company.ts";
import type { JournalEvent } from "./journal.ts";
import type { Meeting } from "./meeting.ts";
import type { ProgressBoard } from "./progress.ts";
import type { Shared } from "./shared.ts";

/** One instance on its way through the stages: what every kind of stage works with. */
export interface Performer {
  readonly definition: Definition;
  readonly env: RunEnv;
  readonly sync: SyncClient;
  readonly meeting: Meeting;
  readonly progress: ProgressBoard;
  readonly company: Company;
  readonly shared: Shared;
  readonly me: Member;
  /** What all draws of the run are made from. */
  readonly seed: string;
  /** Aborts when the run is aborted or this instance is ended. */
  readonly signal: AbortSignal;
  /** By stage id; inside rounds, of the present one. */
  readonly values: Map<string, unknown>;
  /** Last registered first. */
  readonly cleanups: (() => void | Promise<void>)[];
  /** Milliseconds since the roster was complete. */
  now(): number;
  /** The stage it has entered last. */
  here(): string;
  note(
    event: JournalEvent["event"],
    stage: string,
    more?: Pick<JournalEvent, "need" | "attempt" | "text">,
  ): void;
}

/** Which round a stage is visited in: indices from 0, the outermost first. */
export type Rounds = readonly number[];

/** The stage's name in the store, in journals and in messages: `ping/rtt#3`. Authors never write it. */
export function stageKey(id: string, rounds: Rounds): string {
  return rounds.length === 0 ? id : `${id}#${rounds.map((index) => index + 1).join(".")}`;
}

export function takesPart({ me }: Performer, roles: readonly string[]): boolean {
  return roles.includes(me.role);
}

export function membersOf({ company }: Performer, roles: readonly string[]): readonly Member[] {
  return company.of(roles);
}
