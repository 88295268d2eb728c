import type { Joined } from "../atoms/groups.ts";
import type { Namespace, Versioned } from "../atoms/store.ts";
import { VersionConflictError } from "../error.ts";
import { encodeValue } from "../payload.ts";
import type { Wait } from "../wait.ts";

/** Who leads. */
export interface Leader<T> {
  readonly leader: string;
  readonly term: number;
  readonly payload: T;
}

/** How the leaders of an election make themselves known. */
export interface Announcements<T> {
  /** From then on observers notice the death of the leader's session, too. */
  elected(leader: Leader<T>, wait: Wait): Promise<void>;
  /** The leader of the term leaves. */
  vacant(term: number, wait: Wait): Promise<void>;
}

/** What the register of an election holds. Without a leader, there is none. */
export interface Announced<T> {
  readonly term: number;
  readonly leader?: string;
  readonly payload?: T;
  /** As whom the leader is in the group of the leaders. */
  readonly member?: string;
}

/** Under which name the store has an election: its claim queue, its register and its group. */
export function electionName(election: string): string {
  return `election:${election}`;
}

export function announcements<T>(namespace: Namespace, election: string): Announcements<T> {
  const register = electionName(election);
  const { registers } = namespace;
  const tryOnce = async (announced: Announced<T>, wait: Wait): Promise<boolean> => {
    const found = await registers.read(register, wait);
    // A leader that was slow to say so has been followed by another.
    if (found !== undefined && announcedIn<T>(found).term > announced.term) return true;
    const write = { ifVersion: found?.version ?? 0, requestId: namespace.requestId() };
    try {
      await registers.write(register, encodeValue(`election "${election}"`, announced), {
        ...wait,
        ...write,
      });
      return true;
    } catch (error) {
      if (error instanceof VersionConflictError) return false;
      throw error;
    }
  };
  const announce = async (announced: Announced<T>, wait: Wait): Promise<void> => {
    while (!(await tryOnce(announced, wait)));
  };
  const { groups } = namespace;
  const joined = new Map<number, Joined>();
  return {
    async elected(leader, wait) {
      const requestId = namespace.requestId();
      const member = await groups.join(register, requestId, "null", { ...wait, requestId });
      joined.set(leader.term, member);
      await announce({ ...leader, member: member.id }, wait);
    },
    async vacant(term, wait) {
      await announce({ term }, wait);
      const member = joined.get(term);
      joined.delete(term);
      const requestId = namespace.requestId();
      if (member !== undefined) await groups.leave(member, "left", { ...wait, requestId });
    },
  };
}

/** Written by {@link announcements} only. */
export function announcedIn<T>({ json }: Versioned): Announced<T> {
  return JSON.parse(json) as Announced<T>;
}
