import type { Wait } from "../wait.ts";
import type { Mutation } from "./store.ts";

/** What a group knows of one of its members. */
export interface GroupMember {
  readonly id: string;
  /** What it last said of itself, as JSON text. */
  readonly json: string;
  /** `down`: it died, or was said to have; unlike who left, it stays in view. */
  readonly status: "up" | "down";
  /** The number of this joining in its group: greater than that of every joining before it. */
  readonly ticket: number;
  /** The version of the group that its last change made. */
  readonly version: number;
}

/** A group at one moment: changes after `version` may show in it already. */
export interface GroupView {
  /** How many changes there have been. */
  readonly version: number;
  /** How many members went down. */
  readonly deaths: number;
  /** In the order in which they joined. */
  readonly members: readonly GroupMember[];
}

/** A part of a view; unless it is the last, more follow behind its last member's ticket. */
export interface GroupPage extends GroupView {
  readonly isLast: boolean;
}

/** One joining of a group by one id. */
export interface Joined {
  readonly group: string;
  readonly id: string;
  readonly ticket: number;
  readonly session: string;
  /** Aborts when the store may have given up on the session: the others then take the member for down. */
  readonly lost: AbortSignal;
}

/** What a watcher of a group hears: first what there is, then each change. */
export type GroupChange =
  | { readonly type: "snapshot"; readonly members: readonly GroupMember[] }
  | { readonly type: "joined" | "updated" | "down" | "left"; readonly member: GroupMember };

/** Who is there: named sets of members, each bound to the session of the process that joined for it. */
export interface Groups {
  /**
   * Joins, with what the member says of itself; again with the same session, it only says that anew. Rejects with
   * `mismatch` while another session that lives holds the id. Who was down or has left joins anew.
   */
  join(group: string, id: string, json: string, mutation: Mutation): Promise<Joined>;
  /** Says something else of the member. False, and nothing changes, if it is no longer of this joining, or is down. */
  update(joined: Joined, json: string, mutation: Mutation): Promise<boolean>;
  /** Leaves, or goes `down` while its session lives on. False if it is no longer of this joining, or is down. */
  leave(joined: Joined, as: "left" | "down", mutation: Mutation): Promise<boolean>;
  /** Takes back a joining that may or may not have happened. Late copies of it do nothing. */
  withdraw(group: string, id: string, joining: Mutation): Promise<void>;
  view(group: string, wait?: Wait): Promise<GroupView>;
  /** The members behind a ticket, as many as one reply may hold. */
  page(group: string, after: number, wait?: Wait): Promise<GroupPage>;
  /** Resolves once there have been more than `after` changes, or deaths. */
  changed(group: string, what: GroupCount, after: number, wait?: Wait): Promise<void>;
  /**
   * Waits until so many members are up, or all of the named ones. A timeout for names is a `MissingMembersError`; for a
   * number it tells how many there were.
   */
  reach(group: string, want: number | readonly string[], wait?: Wait): Promise<GroupView>;
  /**
   * What there is, then every change, each once and in order. Of several changes to one member between two looks only
   * the outcome is told. `timeoutMs` is the longest wait for the next one.
   */
  watch(group: string, wait?: Wait): AsyncIterable<GroupChange>;
}

export type GroupCount = "changes" | "deaths";
