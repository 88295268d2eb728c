import { groupTimeout, idIsTaken, joiningIsOver } from "../atoms/group-errors.ts";
import type { GroupMember, GroupPage } from "../atoms/groups.ts";
import type { JoinedWrite, MemberWrite, StoreGroups } from "../atoms/store-groups.ts";
import { SessionLostError } from "../error.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Thresholds } from "../thresholds.ts";

type Answer =
  | { readonly type: "joined"; readonly ticket: number; readonly isNew: boolean }
  | { readonly type: "taken" | "withdrawn" }
  | { readonly type: "done"; readonly wasMine: boolean };

interface Member extends GroupMember {
  readonly session: string;
}

interface Group {
  version: number;
  deaths: number;
  readonly members: Map<string, Member>;
  readonly answers: Map<string, Answer>;
}

/** Where a page ends. */
const PAGE_BYTES = 1024 * 1024;

/** The groups of all runs by full key. */
export class GroupState {
  readonly #groups = new Map<string, Group>();
  readonly #grown: (key: string, value: number) => void;

  constructor(grown: (key: string, value: number) => void) {
    this.#grown = grown;
  }

  join(key: string, { id, json, session, requestId }: MemberWrite & { json: string }): number {
    const group = this.#groupOf(key);
    const before = group.answers.get(requestId);
    if (before?.type === "joined") return before.ticket;
    if (before?.type === "withdrawn") throw joiningIsOver(key, id);
    const there = group.members.get(id);
    const isThere = there?.status === "up";
    if (before !== undefined || (isThere && there.session !== session)) {
      // A late copy of the request must not find the id free after all.
      group.answers.set(requestId, { type: "taken" });
      throw idIsTaken(key, id);
    }
    const ticket = isThere ? there.ticket : group.version + 1;
    if (!isThere) group.members.delete(id);
    if (!isThere || there.json !== json) {
      this.#put(key, group, { id, json, session, status: "up", ticket });
    }
    group.answers.set(requestId, { type: "joined", ticket, isNew: !isThere });
    return ticket;
  }

  update(key: string, write: JoinedWrite & { readonly json: string }): boolean {
    const group = this.#groupOf(key);
    return this.#once(group, write, (member) =>
      this.#put(key, group, { ...member, json: write.json }),
    );
  }

  leave(key: string, write: JoinedWrite & { readonly as: "left" | "down" }): boolean {
    const group = this.#groupOf(key);
    return this.#once(group, write, (member) => {
      if (write.as === "down") this.#fell(key, group, member);
      else this.#remove(key, group, member);
    });
  }

  withdraw(key: string, { id, requestId }: MemberWrite): void {
    const group = this.#groupOf(key);
    const before = group.answers.get(requestId);
    group.answers.set(requestId, { type: "withdrawn" });
    if (before?.type !== "joined" || !before.isNew) return;
    const member = group.members.get(id);
    if (member?.status === "up" && member.ticket === before.ticket) {
      this.#remove(key, group, member);
    }
  }

  /** Its members are down from now on. */
  sessionEnded(session: string): void {
    for (const [key, group] of this.#groups) {
      const mine = [...group.members.values()].filter((member) => member.session === session);
      for (const member of mine) if (member.status === "up") this.#fell(key, group, member);
    }
  }

  count(key: string, what: "changes" | "deaths"): number {
    const { version, deaths } = this.#groupOf(key);
    return what === "deaths" ? deaths : version;
  }

  page(key: string, after: number): GroupPage {
    const { version, deaths, members } = this.#groupOf(key);
    const rest = [...members.values()].filter(({ ticket }) => ticket > after);
    rest.sort((a, b) => a.ticket - b.ticket);
    let bytes = 0;
    const fitting = rest.filter(({ json }) => {
      const fits = bytes < PAGE_BYTES;
      bytes += json.length;
      return fits;
    });
    const shown = fitting.map(({ session: _, ...member }) => member);
    return { version, deaths, members: shown, isLast: shown.length === rest.length };
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#groups.keys()]) if (concerns(key)) this.#groups.delete(key);
  }

  #groupOf(key: string): Group {
    const there = this.#groups.get(key);
    if (there !== undefined) return there;
    const made: Group = { version: 0, deaths: 0, members: new Map(), answers: new Map() };
    this.#groups.set(key, made);
    return made;
  }

  /** Changes the member if it is of this joining and up. */
  #once(group: Group, write: JoinedWrite, change: (member: Member) => void): boolean {
    const before = group.answers.get(write.requestId);
    if (before !== undefined) return before.type === "done" && before.wasMine;
    const member = group.members.get(write.id);
    const isMine = member?.status === "up" && member.ticket === write.ticket;
    group.answers.set(write.requestId, { type: "done", wasMine: isMine });
    if (isMine) change(member);
    return isMine;
  }

  #put(key: string, group: Group, member: Omit<Member, "version">): void {
    const version = group.version + 1;
    group.version = version;
    group.members.set(member.id, { ...member, version });
    this.#grown(key, version);
  }

  #fell(key: string, group: Group, member: Member): void {
    group.deaths++;
    this.#put(key, group, { ...member, status: "down" });
    this.#grown(auxiliaryKey("dead", key), group.deaths);
  }

  #remove(key: string, group: Group, { id }: Member): void {
    group.members.delete(id);
    group.version++;
    this.#grown(key, group.version);
  }
}

interface MemoryGroupsOptions {
  readonly state: GroupState;
  readonly store: string;
  readonly thresholds: Thresholds;
  readonly isLive: (session: string) => boolean;
  /** Throws when the store is closed or the state of the run is lost. */
  readonly guard: () => void;
}

export function memoryGroups(options: MemoryGroupsOptions): StoreGroups {
  const { state, store, thresholds, isLive, guard } = options;
  return {
    join: async (key, member) => {
      guard();
      if (isLive(member.session)) return state.join(key, member);
      throw new SessionLostError(store, member.session, "it was ended");
    },
    update: async (key, member) => {
      guard();
      return state.update(key, member);
    },
    leave: async (key, member) => {
      guard();
      return state.leave(key, member);
    },
    withdraw: async (key, member) => {
      guard();
      state.withdraw(key, member);
    },
    page: async (key, after) => {
      guard();
      return state.page(key, after);
    },
    changed: async (key, what, after, wait) => {
      guard();
      if (state.count(key, what) > after) return;
      const counted = what === "deaths" ? auxiliaryKey("dead", key) : key;
      await thresholds.wait(counted, after + 1, wait, (ms) => groupTimeout(key, what, ms));
    },
  };
}
