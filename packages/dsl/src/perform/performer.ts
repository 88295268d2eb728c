import type { Network, RunEnv } from "@groundplan/runtime";
import type { SyncClient } from "@groundplan/sync";
import type { Definition } from "../definition.ts";
import type { Member } from "../member.ts";
import type { Company } from "./company.ts";
import type { JournalEvent } from "./journal.ts";
import type { Losses } from "./losses.ts";
import type { Meeting } from "./meeting.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Wire } from "./wire.ts";

/** One instance on its way through the stages: what every kind of stage works with. */
export interface Performer extends Surroundings {
  readonly definition: Definition;
  readonly env: RunEnv;
  readonly network: Network;
  readonly sync: SyncClient;
  readonly meeting: Meeting;
  readonly wire: Wire;
  readonly company: Company;
  readonly losses: Losses;
  /** Those who are lost, as far as all who were in its stages with this instance agree on it. */
  readonly gone: Set<number>;
  readonly me: Member;
  /** What all draws of the run are made from. */
  readonly seed: string;
  /** Aborts when the others go on without this instance, because they take it for lost. */
  readonly ousted: AbortSignal;
  /** Aborts when the run is aborted or this instance is ended. */
  readonly signal: AbortSignal;
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

/** The members of these roles, without those who are agreed to be lost. */
export function membersOf(
  { company, gone }: Performer,
  roles: readonly string[],
): readonly Member[] {
  return company.of(roles, gone);
}
