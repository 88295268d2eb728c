import type { CounterKey, Namespace } from "../atoms/store.ts";
import { BrokenBarrierError } from "../error.ts";
import { firstOf } from "../first-of.ts";
import type { Wait } from "../wait.ts";
import { DownMembers } from "./down-members.ts";
import { type Members, requestIdOf } from "./members.ts";
import { groupOf } from "./membership.ts";

/** How members cross one barrier: until all have signalled, or, by its policy, until those who died need not or cannot. */
export class MemberCrossing {
  readonly #namespace: Namespace;
  readonly #key: CounterKey;
  readonly #wanted: readonly string[];
  readonly #policy: Members["policy"];
  readonly #down: DownMembers | undefined;

  constructor(namespace: Namespace, key: CounterKey, target: Members) {
    const { members, policy } = target;
    this.#namespace = namespace;
    this.#key = key;
    this.#wanted = [...new Set(members)];
    this.#policy = policy;
    if (target.policy === "failFast" || target.policy === "shrink") {
      this.#down = new DownMembers(namespace.groups, groupOf(target.membership));
    }
  }

  /** Asks for the names only when there may be enough signals for all to be among them: twice, unless others signal too. */
  async crossed(wait: Wait): Promise<void> {
    if (this.#wanted.length === 0) return;
    for (;;) {
      const count = await this.#namespace.counters.read(this.#key, wait);
      const missing = await this.#missing(wait);
      const awaited = this.#awaitedOf(missing);
      if (awaited.length > 0) await this.#progress(count + awaited.length, wait);
      else if (missing.length === 0 || (await this.#areStillDown(missing, wait))) return;
    }
  }

  /** Those without whom it does not open. */
  async awaited(wait: Wait): Promise<readonly string[]> {
    if (this.#policy !== "shrink") return this.#missing(wait);
    await this.#down?.look(wait);
    return this.#living(await this.#missing(wait));
  }

  async #missing(wait: Wait): Promise<readonly string[]> {
    const there = new Set(await this.#namespace.counters.contributors(this.#key, wait));
    return this.#wanted.filter((member) => !there.has(requestIdOf(member)));
  }

  /** Whoever died before the last look at the group had signalled by then or never will: the names were asked for later. */
  #awaitedOf(missing: readonly string[]): readonly string[] {
    const living = this.#living(missing);
    if (living.length === missing.length || this.#policy === "shrink") return living;
    const dead = missing.filter((member) => !living.includes(member));
    const { name } = this.#key;
    throw new BrokenBarrierError(`state "${name}"`, this.#wanted.length, dead, missing);
  }

  #living(members: readonly string[]): readonly string[] {
    return members.filter((member) => this.#down?.has(member) !== true);
  }

  /** Each of the awaited adds at least one. */
  async #progress(target: number, wait: Wait): Promise<void> {
    const { counters } = this.#namespace;
    const down = this.#down;
    if (down === undefined) return counters.reach(this.#key, target, wait);
    const isDeath = await firstOf(wait, [
      async (w) => {
        await counters.reach(this.#key, target, w);
        return false;
      },
      async (w) => {
        await down.another(w);
        return true;
      },
    ]);
    if (isDeath) await down.look(wait);
  }

  /** One of them may have joined anew. */
  async #areStillDown(dead: readonly string[], wait: Wait): Promise<boolean> {
    await this.#down?.look(wait);
    return dead.every((member) => this.#down?.has(member));
  }
}
