import type { Namespace, Versioned } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { firstOf } from "../first-of.ts";
import { DownMembers } from "../membership/down-members.ts";
import type { Wait } from "../wait.ts";
import { type Announced, announcedIn, type Leader } from "./leader-announcements.ts";

/** Tells who leads, and when nobody does any more, from what leaders announce and from their deaths. */
export class LeaderWatch<T> {
  readonly #namespace: Namespace;
  /** The register of the announcements, and the group of the leaders. */
  readonly #name: string;

  constructor(namespace: Namespace, name: string) {
    this.#namespace = namespace;
    this.#name = name;
  }

  async *follow(wait: Wait): AsyncGenerator<Leader<T> | undefined, void, void> {
    for (let found = await this.#later(0, wait); ; ) {
      const announced = announcedIn<T>(found);
      const down = new DownMembers(this.#namespace.groups, this.#name);
      const isAlive = await this.#isAlive(announced, down, wait);
      yield isAlive ? leaderIn(announced) : undefined;
      if (isAlive) {
        const change = await this.#change(found, announced.member ?? "", down, wait);
        if (change === "died") yield undefined;
        else {
          found = change;
          continue;
        }
      }
      found = await this.#later(found.version, wait);
    }
  }

  async #isAlive(
    { leader, member }: Announced<T>,
    down: DownMembers,
    wait: Wait,
  ): Promise<boolean> {
    if (leader === undefined || member === undefined) return leader !== undefined;
    await down.look(wait);
    return !down.has(member);
  }

  #change(
    { version }: Versioned,
    member: string,
    down: DownMembers,
    wait: Wait,
  ): Promise<Versioned | "died"> {
    return firstOf<Versioned | "died">(wait, [
      (w) => this.#later(version, w),
      async (w) => {
        while (!down.has(member)) {
          await down.another(w);
          await down.look(w);
        }
        return "died";
      },
    ]);
  }

  /** The first version after the given one. */
  async #later(version: number, wait: Wait): Promise<Versioned> {
    const versions = this.#namespace.registers.watch(this.#name, { ...wait, after: version });
    for await (const found of versions) return found;
    throw new SyncError("closed", "nothing is heard of the election any more");
  }
}

function leaderIn<T>({ leader, term, payload }: Announced<T>): Leader<T> | undefined {
  return leader === undefined ? undefined : { leader, term, payload: payload as T };
}
