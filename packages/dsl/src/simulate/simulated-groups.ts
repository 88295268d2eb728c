import {
  type GroupChange,
  type GroupCount,
  type GroupPage,
  type Groups,
  type GroupView,
  type Joined,
  type Mutation,
  UnsupportedPrimitiveError,
  type Wait,
} from "@groundplan/sync";
import type { Line } from "./line.ts";

import { type SimulatedStore, STORE_NAME } from "./simulated-store.ts";

const OPEN: AbortSignal = new AbortController().signal;

/** Who is there, as one instance sees it: what the crew of a run needs, and no more. */
export class SimulatedGroups implements Groups {
  readonly #line: Line;
  readonly #store: SimulatedStore;
  readonly #session: string;

  constructor(line: Line, store: SimulatedStore, session: string) {
    this.#line = line;
    this.#store = store;
    this.#session = session;
  }

  join(group: string, id: string, json: string, mutation: Mutation): Promise<Joined> {
    const session = this.#session;
    return this.#line.ask<Joined>({ ...of(group), isWrite: true }, mutation, (answer) => {
      const there = this.#store.group(group).members.get(id);
      const ticket = there?.ticket ?? this.#store.join(group, { id, session, json });
      answer.give({ group, id, ticket, session, lost: OPEN });
      return undefined;
    });
  }

  leave({ group, id }: Joined, _: "left" | "down", mutation: Mutation): Promise<boolean> {
    return this.#line.ask({ ...of(group), isWrite: true }, mutation, (answer) => {
      answer.give(this.#store.leave(group, id));
      return undefined;
    });
  }

  view(group: string, wait: Wait = {}): Promise<GroupView> {
    return this.#line.ask<GroupView>({ ...of(group), isIdle: true }, wait, (answer) => {
      answer.give(this.#store.view(group));
      return undefined;
    });
  }

  changed(group: string, what: GroupCount, after: number, wait: Wait = {}): Promise<void> {
    return this.#line.ask<void>({ ...of(group), isIdle: true }, wait, (answer) =>
      this.#store.group(group)[what].reach(after + 1, () => answer.give()),
    );
  }

  async update(): Promise<boolean> {
    throw new UnsupportedPrimitiveError("members that say something new", STORE_NAME);
  }

  async withdraw(): Promise<void> {
    throw new UnsupportedPrimitiveError("withdrawn members", STORE_NAME);
  }

  async page(): Promise<GroupPage> {
    throw new UnsupportedPrimitiveError("pages of a group", STORE_NAME);
  }

  async reach(): Promise<GroupView> {
    throw new UnsupportedPrimitiveError("groups that are waited for", STORE_NAME);
  }

  // biome-ignore lint/correctness/useYield: it has nothing to yield.
  async *watch(): AsyncGenerator<GroupChange, void, void> {
    throw new UnsupportedPrimitiveError("watched groups", STORE_NAME);
  }
}

function of(group: string): { readonly what: string } {
  return { what: `group "${group}"` };
}
