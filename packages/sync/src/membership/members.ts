import { checkName } from "../limits.ts";
import type { Wait } from "../wait.ts";

/** Those whom a barrier waits for by name, and what it does when one of them dies before it signals. */
export type Members = StrictMembers | FailFastMembers | ShrinkMembers;

interface StrictMembers {
  readonly members: readonly string[];
  /** Waits on: another process may yet signal under the name. The default. */
  readonly policy?: "strict" | undefined;
}

interface FailFastMembers {
  readonly members: readonly string[];
  /**
   * Rejects with a `BrokenBarrierError` as soon as a member that has not signalled is down in the membership: within the
   * time to live of its session and a heartbeat of another.
   */
  readonly policy: "failFast";
  /** The name of the `Membership` that the members join. Who has not joined is waited for. */
  readonly membership: string;
}

interface ShrinkMembers {
  readonly members: readonly string[];
  /**
   * Opens when all have signalled but for those who are down in the membership: a member that died before it signalled is
   * not waited for any more, within the time to live of its session and a heartbeat of another.
   */
  readonly policy: "shrink";
  /** The name of the `Membership` that the members join. Who has not joined, or has left, is waited for. */
  readonly membership: string;
}

export interface SignalOptions extends Wait {
  /** Who signals, for barriers that wait for members. */
  readonly member?: string | undefined;
}

/** A member's signal: its name is what makes it count once. */
export function requestIdOf(member: string): string {
  checkName("member", member);
  return `member:${member}`;
}
