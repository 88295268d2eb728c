import { type Entry, type GroupView, VersionConflictError, type Versioned } from "@groundplan/sync";
import { Growing } from "./growing.ts";

export const STORE_NAME = "the simulated store";

/** Which store is simulated: one of ours, or Testground's sync service, which only counts. */
export type StoreKind = "sets" | "counters";

/** Hears what the store is used for. */
export interface StoreListener {
  /** A counter or log is used for the first time. */
  begun(key: string): void;
  appended(json: string): void;
}

interface Counter {
  readonly count: Growing;
  readonly requests: Map<string, number>;
}

interface Log {
  readonly entries: Entry[];
  readonly length: Growing;
  readonly requests: Map<string, number>;
  /** The first so many entries, the same list for all who ask. */
  readonly heads: Map<number, readonly Entry[]>;
}

interface GroupMember {
  readonly id: string;
  readonly session: string;
  readonly json: string;
  readonly ticket: number;
  readonly isDown: boolean;
}

interface Group {
  readonly members: Map<string, GroupMember>;
  readonly changes: Growing;
  readonly deaths: Growing;
  view: GroupView | undefined;
}

/** The state that all instances of a simulated run share. Every operation happens at once: the way to it takes time. */
export class SimulatedStore {
  readonly kind: StoreKind;
  readonly #counters = new Map<string, Counter>();
  readonly #logs = new Map<string, Log>();
  readonly #registers = new Map<string, Versioned>();
  readonly #groups = new Map<string, Group>();
  readonly #listener: StoreListener;

  constructor(kind: StoreKind, listener: StoreListener) {
    this.kind = kind;
    this.#listener = listener;
  }

  add(key: string, requestId: string): number {
    const { count, requests } = this.#counter(key);
    const before = this.#knows(requests, requestId);
    if (before !== undefined) return before;
    requests.set(requestId, count.value + 1);
    return count.grow();
  }

  count(key: string): Growing {
    return this.#counter(key).count;
  }

  contributors(key: string): readonly string[] {
    return [...this.#counter(key).requests.keys()];
  }

  append(key: string, json: string, requestId: string): number {
    const { entries, length, requests } = this.#log(key);
    const before = this.#knows(requests, requestId);
    if (before !== undefined) return before;
    const seq = entries.length + 1;
    requests.set(requestId, seq);
    entries.push({ seq, json });
    this.#listener.appended(json);
    return length.grow();
  }

  length(key: string): Growing {
    return this.#log(key).length;
  }

  entries(key: string, count?: number): readonly Entry[] {
    const { entries, heads } = this.#log(key);
    if (count === undefined) return [...entries];
    const head = heads.get(count) ?? entries.slice(0, count);
    heads.set(count, head);
    return head;
  }

  entriesAfter(key: string, after: number): readonly Entry[] {
    return this.#log(key).entries.slice(after);
  }

  register(name: string): Versioned | undefined {
    return this.#registers.get(name);
  }

  write(name: string, json: string, ifVersion: number | undefined): number {
    const held = this.#registers.get(name);
    const version = held?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== version) {
      throw new VersionConflictError(name, ifVersion, held);
    }
    this.#registers.set(name, { json, version: version + 1 });
    return version + 1;
  }

  join(name: string, member: Pick<GroupMember, "id" | "session" | "json">): number {
    const group = this.group(name);
    const ticket = group.changes.value + 1;
    this.#put(group, { ...member, ticket, isDown: false });
    return ticket;
  }

  leave(name: string, id: string): boolean {
    const group = this.group(name);
    if (!group.members.delete(id)) return false;
    group.view = undefined;
    group.changes.grow();
    return true;
  }

  /** What a session has joined is down from now on. */
  expire(session: string): void {
    for (const group of this.#groups.values()) {
      for (const member of [...group.members.values()]) {
        if (member.session !== session || member.isDown) continue;
        this.#put(group, { ...member, isDown: true });
        group.deaths.grow();
      }
    }
  }

  group(name: string): Group {
    return getOrMake(this.#groups, name, () => ({
      members: new Map(),
      changes: new Growing(),
      deaths: new Growing(),
      view: undefined,
    }));
  }

  view(name: string): GroupView {
    const group = this.group(name);
    group.view ??= {
      version: group.changes.value,
      deaths: group.deaths.value,
      members: [...group.members.values()].map(({ id, json, ticket, isDown }) => {
        return { id, json, ticket, version: ticket, status: isDown ? "down" : "up" };
      }),
    };
    return group.view;
  }

  #put(group: Group, member: GroupMember): void {
    group.members.set(member.id, member);
    group.view = undefined;
    group.changes.grow();
  }

  /** What a request was answered before; one that only counts does not know it again. */
  #knows(requests: ReadonlyMap<string, number>, requestId: string): number | undefined {
    return this.kind === "counters" ? undefined : requests.get(requestId);
  }

  #counter(key: string): Counter {
    return getOrMake(this.#counters, key, () => {
      this.#listener.begun(key);
      return { count: new Growing(), requests: new Map() };
    });
  }

  #log(key: string): Log {
    return getOrMake(this.#logs, key, () => {
      this.#listener.begun(key);
      return { entries: [], length: new Growing(), requests: new Map(), heads: new Map() };
    });
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
