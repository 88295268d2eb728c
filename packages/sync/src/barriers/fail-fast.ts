import type { Groups } from "../atoms/groups.ts";
import { BrokenBarrierError } from "../error.ts";
import { groupOf } from "../membership/membership.ts";
import type { Wait } from "../wait.ts";

interface Watched {
  readonly groups: Groups;
  readonly membership: string;
  /** For messages. */
  readonly state: string;
  readonly members: readonly string[];
  /** Those who have not signalled yet. */
  readonly missing: () => Promise<readonly string[]>;
}

/** Rejects once a member is down that has not signalled. Costs nothing as long as nobody dies. */
export async function untilBroken(watched: Watched, wait: Wait): Promise<never> {
  const { groups, membership, state, members, missing } = watched;
  const group = groupOf(membership);
  const expected = new Set(members);
  for (let deaths = 0; ; ) {
    await groups.changed(group, "deaths", deaths, wait);
    const view = await groups.view(group, wait);
    deaths = view.deaths;
    const down = view.members.filter(({ id, status }) => status === "down" && expected.has(id));
    if (down.length === 0) continue;
    const without = new Set(await missing());
    const dead = down.map(({ id }) => id).filter((id) => without.has(id));
    if (dead.length > 0) throw new BrokenBarrierError(state, expected.size, dead, [...without]);
  }
}
