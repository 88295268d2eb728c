import type { Simulation } from "./simulation.ts";

/**
 * What a fault led to. `"aborts"`: the run ends, with somebody to blame. `"tolerated"`: the run goes to its end, and it
 * is known in it what happened. `"unnoticed"`: it goes to its end as if nothing had. `"hangs"`: somebody waits for ever,
 * or until the run's time is up.
 */
export type Verdict = "aborts" | "tolerated" | "unnoticed" | "hangs";

export function verdictOn({ outcome, journal }: Pick<Simulation, "outcome" | "journal">): Verdict {
  if (outcome === "stuck") return "hangs";
  if (outcome === "failed") return "aborts";
  const isKnown = journal.some(({ event }) => event === "lost" || event === "attempt");
  return isKnown ? "tolerated" : "unnoticed";
}
