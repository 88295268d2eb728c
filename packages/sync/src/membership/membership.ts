import type { z } from "zod";
import type { GroupChange, GroupMember } from "../atoms/groups.ts";
import type { Namespace } from "../atoms/store.ts";
import { decodeValue, encodeValue } from "../payload.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { Member } from "./member.ts";

/** A member as the others see it. */
export interface MemberState<T> {
  readonly id: string;
  /** What it last said of itself. */
  readonly payload: T;
  /** `down`: its process died, or said that the member did. It stays in view until the id joins again. */
  readonly status: "up" | "down";
  /** Greater than that of every earlier joining. */
  readonly ticket: number;
}

/** What a watcher hears: first who is there, then each change. */
export type MembershipChange<T> =
  | { readonly type: "snapshot"; readonly members: readonly MemberState<T>[] }
  | { readonly type: "joined" | "updated" | "down" | "left"; readonly member: MemberState<T> };

export interface MembershipOptions<T> {
  /** What members may say of themselves; anything JSON unless given. */
  readonly schema?: z.ZodType<T>;
}

/**
 * Who is there, under which name, and what each says of itself.
 *
 * Guarantee: a name is one live process' at a time; a joining and every change show to whoever looks after it, and every
 * watcher is told, each change once and in order, only the outcome of several to one member that came between two looks.
 * Crash: the members of a process that dies are down within the time to live of its session and a heartbeat; unlike who
 * leaves, they stay in view. A process that was taken for dead learns it by {@link Member.lost} before; it is never
 * joined again behind its back, but may join anew, which the others see as another joining.
 * Cost: one exchange a join, update or leave, and one announcement if somebody waits; who looks reads all N members, and
 * {@link Membership.awaitMembers} looks twice, unless there are other changes meanwhile.
 *
 * ZooKeeper's group member, with names that are checked; presence by sessions, as its ephemeral nodes.
 */
export class Membership<T = unknown> {
  readonly name: string;
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #schema: z.ZodType<T> | undefined;
  readonly #group: string;
  readonly #title: string;

  constructor(namespace: Namespace, name: string, { schema }: MembershipOptions<T> = {}) {
    this.name = name;
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#schema = schema;
    this.#group = groupOf(name);
    this.#title = `membership "${name}"`;
  }

  /**
   * Joins. Rejects with `mismatch` while another live process has the name; again in one process, it is the same joining
   * with another payload. Given up, it is withdrawn.
   */
  async join(id: string, payload: T, wait: Wait = {}): Promise<Member<T>> {
    const what = `${this.#title}: member "${id}"`;
    const encode = (value: T): string => encodeValue(what, value, this.#schema);
    const json = encode(payload);
    const joined = await this.#waits.write(wait, (m) =>
      this.#namespace.groups.join(this.#group, id, json, m),
    );
    return new Member<T>({
      namespace: this.#namespace,
      waits: this.#waits,
      title: this.#title,
      joined,
      payload,
      encode,
    });
  }

  /** Those who are up, and those who are down, in the order in which they joined. */
  async members(wait: Wait = {}): Promise<readonly MemberState<T>[]> {
    const { members } = await this.#waits.wait(wait, (w) =>
      this.#namespace.groups.view(this.#group, w),
    );
    return members.map((member) => this.#stateOf(member));
  }

  /** Who is there, then every change, until the caller leaves the loop. `timeoutMs` is the longest wait for the next. */
  async *watch(wait: Wait = {}): AsyncGenerator<MembershipChange<T>, void, void> {
    const changes = this.#waits.follow(wait, (w) => this.#namespace.groups.watch(this.#group, w));
    for await (const change of changes) yield this.#changeOf(change);
  }

  /**
   * Waits until so many members are up, or all of the named ones; resolves with all members there are. A timeout for
   * names is a `MissingMembersError` whose `missing` has them; for a number it tells how many were up.
   */
  async awaitMembers(
    want: number | readonly string[],
    wait: Wait = {},
  ): Promise<readonly MemberState<T>[]> {
    const { members } = await this.#waits.wait(wait, (w) =>
      this.#namespace.groups.reach(this.#group, want, w),
    );
    return members.map((member) => this.#stateOf(member));
  }

  #changeOf(change: GroupChange): MembershipChange<T> {
    if (change.type !== "snapshot") {
      return { type: change.type, member: this.#stateOf(change.member) };
    }
    return { type: "snapshot", members: change.members.map((member) => this.#stateOf(member)) };
  }

  #stateOf({ id, json, status, ticket }: GroupMember): MemberState<T> {
    const payload = decodeValue(`${this.#title}: member "${id}"`, json, this.#schema);
    return { id, payload, status, ticket };
  }
}

/** Under which name the store has a membership. */
export function groupOf(membership: string): string {
  return `membership:${membership}`;
}
