import { BrokenBarrierError } from "../error.ts";
import { DownMembers } from "../membership/down-members.ts";
import { groupOf } from "../membership/membership.ts";
import { nameIn } from "../named-request.ts";
import type { Wait } from "../wait.ts";
import type { PassageContext } from "./double-barrier-passage.ts";

/** Who is not inside a double barrier, and whether it can do without: by its policy, it may without those who died. */
export class Absentees {
  readonly #context: PassageContext;
  readonly #down: DownMembers | undefined;

  constructor(context: PassageContext) {
    const { namespace, options } = context;
    this.#context = context;
    if (options.policy === "failFast" || options.policy === "shrink") {
      this.#down = new DownMembers(namespace.groups, groupOf(options.membership));
    }
  }

  /**
   * Whether a round can begin. By names, because who is down may be inside still: what a dead process held is taken from
   * it piece by piece.
   */
  async areAllOthersIn(wait: Wait): Promise<boolean> {
    const { namespace, waits, insides, options } = this.#context;
    if (options.policy === "shrink") await this.#down?.look(wait);
    const { free, holders } = await waits.wait(wait, (w) => namespace.claims.inspect(insides, w));
    if (free === 0 || options.policy !== "shrink") return free === 0;
    const there = new Set(holders.map(({ requestId }) => nameIn(requestId)));
    const dead = this.#down?.ids().filter((id) => !there.has(id)) ?? [];
    return free <= dead.length;
  }

  /** Resolves when one more member has died; rejects if the others must not go on without. */
  async another(wait: Wait): Promise<void> {
    const { namespace, waits, members, title, insides, options } = this.#context;
    await this.#down?.another(wait);
    await this.#down?.look(wait);
    const dead = this.#down?.ids() ?? [];
    if (options.policy !== "failFast" || dead.length === 0) return;
    const { holders } = await waits.wait(wait, (w) => namespace.claims.inspect(insides, w));
    const there = holders.filter(({ requestId }) => !dead.includes(nameIn(requestId) ?? ""));
    throw new BrokenBarrierError(title, members, dead, dead, there.length);
  }
}
