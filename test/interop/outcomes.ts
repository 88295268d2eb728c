import { z } from "zod";

/** How Testground's daemon counts a run: by group, how many of how many passed. */
export type Outcomes = Readonly<Record<string, string>>;

const TERMINAL = ["success_event", "failure_event", "crash_event"];

/** Those of the kinds that say how an instance ended. */
export function terminal(events: readonly unknown[]): readonly (readonly [string, unknown])[] {
  return events
    .flatMap((event) => Object.entries(Object(event)))
    .filter(([kind]) => TERMINAL.includes(kind));
}

const Group = z.object({ group: z.string() });

/** Counted as the runner local:docker does: a success for its group, and every terminal event as an instance. */
export function countOutcomes(events: readonly unknown[]): Outcomes {
  const counts = new Map<string, { ok: number; total: number }>();
  for (const [kind, body] of terminal(events)) {
    const { group } = Group.parse(body);
    const count = counts.get(group) ?? { ok: 0, total: 0 };
    counts.set(group, count);
    count.total++;
    if (kind === "success_event") count.ok++;
  }
  return Object.fromEntries([...counts].map(([group, { ok, total }]) => [group, `${ok}/${total}`]));
}
