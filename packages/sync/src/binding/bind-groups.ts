import { checkRequestId } from "../atoms/claim-limits.ts";
import { type GroupLooks, reachGroup } from "../atoms/group-reach.ts";
import type {
  GroupChange,
  GroupCount,
  GroupPage,
  Groups,
  GroupView,
  Joined,
} from "../atoms/groups.ts";
import type { Session } from "../atoms/session.ts";
import type { Mutation } from "../atoms/store.ts";
import type { StoreGroups } from "../atoms/store-groups.ts";
import { hasGivenUp } from "../barriers/given-up.ts";
import { SyncError } from "../error.ts";
import { groupKey } from "../keys.ts";
import { checkName, checkTarget, checkValue } from "../limits.ts";
import { watchGroup } from "../membership/group-changes.ts";
import { linkSignals } from "../on-abort.ts";
import { remaining, type Wait } from "../wait.ts";
import { follower, until } from "./namespace-waits.ts";

/** 64 KiB: everybody who looks at a group reads what all of its members say. */
const MAX_MEMBER_BYTES = 64 * 1024;

/** How long a caller that has given up is kept until its joining is known to be withdrawn. */
const WITHDRAW_MS = 1_000;

interface Binding {
  readonly groups: StoreGroups;
  readonly base: string;
  readonly closing: AbortSignal;
  readonly session: (wait: Wait) => Promise<Session>;
}

/** The groups of a run by name; members live as long as the session of the namespace. */
export class BoundGroups implements Groups {
  readonly #groups: StoreGroups;
  readonly #base: string;
  readonly #closing: AbortSignal;
  readonly #session: (wait: Wait) => Promise<Session>;

  constructor({ groups, base, closing, session }: Binding) {
    this.#groups = groups;
    this.#base = base;
    this.#closing = closing;
    this.#session = session;
  }

  async join(group: string, id: string, json: string, mutation: Mutation): Promise<Joined> {
    const key = this.#keyOf(group, id);
    checkPayload(id, json);
    const { requestId } = mutation;
    checkRequestId(requestId);
    const began = performance.now();
    return until(this.#closing, mutation, async (wait) => {
      wait.signal?.throwIfAborted();
      const session = await this.#session(wait);
      const link = linkSignals([wait.signal, session.lost]);
      const { timeoutMs } = remaining(wait, began);
      const write = { id, json, session: session.id, requestId, timeoutMs, signal: link.signal };
      try {
        const ticket = await this.#groups.join(key, write);
        return { group, id, ticket, session: session.id, lost: session.lost };
      } catch (error) {
        // What a lost session has joined goes with it.
        if (hasGivenUp(write, error) && !session.lost.aborted) await this.#takeBack(key, write);
        throw error;
      } finally {
        link.release();
      }
    });
  }

  async update(joined: Joined, json: string, mutation: Mutation): Promise<boolean> {
    const key = this.#keyOf(joined.group, joined.id);
    checkPayload(joined.id, json);
    checkRequestId(mutation.requestId);
    return until(this.#closing, mutation, (m) =>
      this.#groups.update(key, { ...identityOf(joined), ...m, json }),
    );
  }

  async leave(joined: Joined, as: "left" | "down", mutation: Mutation): Promise<boolean> {
    const key = this.#keyOf(joined.group, joined.id);
    checkRequestId(mutation.requestId);
    return until(this.#closing, mutation, (m) =>
      this.#groups.leave(key, { ...identityOf(joined), ...m, as }),
    );
  }

  async withdraw(group: string, id: string, joining: Mutation): Promise<void> {
    const key = this.#keyOf(group, id);
    checkRequestId(joining.requestId);
    return until(this.#closing, joining, async (m) => {
      const session = await this.#session(m);
      return this.#groups.withdraw(key, { ...m, id, session: session.id });
    });
  }

  async view(group: string, wait: Wait = {}): Promise<GroupView> {
    const { view } = this.#looks(this.#keyOf(group));
    return until(this.#closing, wait, view);
  }

  async page(group: string, after: number, wait: Wait = {}): Promise<GroupPage> {
    checkNumber(group, after);
    const key = this.#keyOf(group);
    return until(this.#closing, wait, (w) => this.#groups.page(key, after, w));
  }

  async changed(group: string, what: GroupCount, after: number, wait: Wait = {}): Promise<void> {
    checkNumber(group, after);
    const key = this.#keyOf(group);
    return until(this.#closing, wait, (w) => this.#changed(key, what, after, w));
  }

  async reach(
    group: string,
    want: number | readonly string[],
    wait: Wait = {},
  ): Promise<GroupView> {
    const key = this.#keyOf(group);
    if (typeof want === "number") checkTarget(`group "${group}"`, want);
    return until(this.#closing, wait, (w) => reachGroup(key, this.#looks(key), want, w));
  }

  watch(group: string, wait: Wait = {}): AsyncIterable<GroupChange> {
    return follower(this.#closing, wait, (w) => watchGroup(this.#looks(this.#keyOf(group)), w));
  }

  #keyOf(group: string, id?: string): string {
    checkName("group", group);
    if (id !== undefined) checkName("member", id);
    return groupKey(this.#base, group);
  }

  #looks(key: string): GroupLooks {
    return {
      view: (wait) => this.#view(key, wait),
      changed: (after, wait) => this.#changed(key, "changes", after, wait),
    };
  }

  /**
   * As of the first page: what changes while the others are read has later versions, so that who waits for a change after
   * that of the view misses none.
   */
  async #view(key: string, wait: Wait): Promise<GroupView> {
    const began = performance.now();
    const first = await this.#groups.page(key, 0, wait);
    const members = new Map(first.members.map((member) => [member.id, member]));
    for (let page = first; !page.isLast; ) {
      const after = page.members.at(-1)?.ticket ?? 0;
      page = await this.#groups.page(key, after, remaining(wait, began));
      for (const member of page.members) {
        // Who has joined again since comes later in the order.
        members.delete(member.id);
        members.set(member.id, member);
      }
    }
    const { version, deaths } = first;
    return { version, deaths, members: [...members.values()] };
  }

  /** Whoever waits has a session: its heartbeat finds the dead, also if nobody else is left to do so. */
  async #changed(key: string, what: GroupCount, after: number, wait: Wait): Promise<void> {
    const began = performance.now();
    for (;;) {
      const session = await this.#session(remaining(wait, began));
      const link = linkSignals([wait.signal, session.lost]);
      const patience = { ...remaining(wait, began), signal: link.signal };
      try {
        return await this.#groups.changed(key, what, after, patience);
      } catch (error) {
        // Without a session there is another to be had, or a reason why not.
        if (error !== session.lost.reason || wait.signal?.aborted === true) throw error;
      } finally {
        link.release();
      }
    }
  }

  async #takeBack(
    key: string,
    { id, session, requestId }: { id: string; session: string; requestId: string },
  ): Promise<void> {
    const withdrawal = { id, session, requestId, timeoutMs: WITHDRAW_MS };
    // The end of the session takes it back otherwise.
    await this.#groups.withdraw(key, withdrawal).catch(() => {});
  }
}

function identityOf({ id, ticket, session }: Joined): Pick<Joined, "id" | "ticket" | "session"> {
  return { id, ticket, session };
}

function checkPayload(id: string, json: string): void {
  checkValue(`member "${id}"`, json, MAX_MEMBER_BYTES);
}

function checkNumber(group: string, after: number): void {
  if (Number.isSafeInteger(after) && after >= 0) return;
  throw new SyncError(
    "range",
    `group "${group}": ${after} is no number of changes; give 0 or more`,
  );
}
