import { nameInKey } from "../describe.ts";
import { MissingMembersError, SyncError } from "../error.ts";
import { remaining, type Wait } from "../wait.ts";
import type { GroupView } from "./groups.ts";

/** How the group is looked at. */
export interface GroupLooks {
  view(wait: Wait): Promise<GroupView>;
  changed(after: number, wait: Wait): Promise<void>;
}

/** How long a wait that is over may still take to say who is missing. */
const ASK_MS = 500;

/**
 * Waits until so many members are up, or the named ones. Looks again only after as many changes as members are missing,
 * because each of them makes one when it joins: twice, unless others change too.
 */
export async function reachGroup(
  key: string,
  { view, changed }: GroupLooks,
  want: number | readonly string[],
  wait: Wait,
): Promise<GroupView> {
  const began = performance.now();
  const wanted = typeof want === "number" ? want : [...new Set(want)];
  try {
    for (;;) {
      const seen = await view(remaining(wait, began));
      const missing = lackOf(seen, wanted).count;
      if (missing === 0) return seen;
      await changed(seen.version + missing - 1, remaining(wait, began));
    }
  } catch (error) {
    if (!(error instanceof SyncError && error.code === "timeout")) throw error;
    const seen = await view({ timeoutMs: ASK_MS }).catch(() => undefined);
    throw seen === undefined ? error : late(key, seen, wanted, wait.timeoutMs ?? 0);
  }
}

function lackOf(
  view: GroupView,
  wanted: number | readonly string[],
): { readonly count: number; readonly ids: readonly string[] } {
  const up = new Set(view.members.filter(({ status }) => status === "up").map(({ id }) => id));
  if (typeof wanted === "number") return { count: Math.max(0, wanted - up.size), ids: [] };
  const ids = wanted.filter((id) => !up.has(id));
  return { count: ids.length, ids };
}

function late(
  key: string,
  view: GroupView,
  wanted: number | readonly string[],
  timeoutMs: number,
): SyncError {
  const lack = lackOf(view, wanted);
  if (typeof wanted !== "number") {
    return new MissingMembersError(nameInKey(key), wanted.length, lack.ids, timeoutMs);
  }
  const down = view.members.filter(({ status }) => status === "down").length;
  const dead = down === 0 ? "" : `, and ${down} are down`;
  const found = `${wanted - lack.count} of ${wanted} members after ${timeoutMs} ms${dead}`;
  return new SyncError("timeout", `${nameInKey(key)}: ${found}`);
}
