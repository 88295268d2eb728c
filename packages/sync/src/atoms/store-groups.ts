import type { Wait } from "../wait.ts";
import type { GroupCount, GroupPage } from "./groups.ts";
import type { Mutation } from "./store.ts";

/** A change that a session makes to its member. */
export interface MemberWrite extends Mutation {
  readonly id: string;
  readonly session: string;
}

/** A change to one joining. */
export interface JoinedWrite extends MemberWrite {
  readonly ticket: number;
}

/** The groups of one run, by full key and under the run's epoch. */
export interface StoreGroups {
  /** Resolves with the ticket. */
  join(key: string, member: MemberWrite & { readonly json: string }): Promise<number>;
  update(key: string, member: JoinedWrite & { readonly json: string }): Promise<boolean>;
  leave(key: string, member: JoinedWrite & { readonly as: "left" | "down" }): Promise<boolean>;
  /** Of the joining with this request id. */
  withdraw(key: string, member: MemberWrite): Promise<void>;
  page(key: string, after: number, wait: Wait): Promise<GroupPage>;
  changed(key: string, what: GroupCount, after: number, wait: Wait): Promise<void>;
}
