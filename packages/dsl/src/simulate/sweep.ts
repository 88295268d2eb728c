import type { Choreography } from "../choreography.ts";
import { table } from "../tools/table.ts";
import type { Fault } from "./fault.ts";
import type { SimulationOptions } from "./options.ts";
import { allStages, hasBody, idOf, ROSTER } from "./plight.ts";
import { simulate } from "./simulate.ts";
import type { Simulation } from "./simulation.ts";
import { SimulationError } from "./simulation-error.ts";
import { type Verdict, verdictOn } from "./verdict.ts";

/** What one fault led to. */
export interface SweepRow {
  readonly stage: string;
  readonly role: string;
  readonly fault: string;
  readonly verdict: Verdict;
  /** As that of the simulation. */
  readonly text: string;
}

/** What faults lead to, one by one. */
export interface Sweep {
  readonly rows: readonly SweepRow[];
  /** As a table. */
  readonly text: string;
}

/** Options of `sweep`. */
export interface SweepOptions<P, R extends string> extends SimulationOptions<P, R> {
  /** `"crash"` unless given; the others are for stages with a body. */
  readonly fault?: "crash" | "throw" | "hang";
}

/**
 * Puts one fault into each stage, for the first instance of each role that visits it, one simulated run each; `@roster`
 * and `@end` are among the stages for crashes. Stages that a run without faults does not get to are left out.
 *
 * @throws SimulationError `"fails-without-faults"`, and as `simulate`.
 */
export async function sweep<P, R extends string>(
  choreography: Choreography<P, R>,
  { fault = "crash", ...options }: SweepOptions<P, R> = {},
): Promise<Sweep> {
  const sound = await simulate(choreography, { ...options, journal: true });
  if (sound.outcome !== "ok") throw new SimulationError("fails-without-faults", sound.text);
  const { stages } = choreography.define(options.params, { sources: false });
  const bodies = new Set(
    allStages(stages)
      .filter(hasBody)
      .map(({ id }) => id),
  );
  const rows: SweepRow[] = [];
  for (const { stage, role, who } of visits(sound)) {
    if (fault !== "crash" && !bodies.has(stage)) continue;
    const struck: Fault<R> = { type: fault, who, at: stage };
    const faults = [...(options.faults ?? []), struck];
    const run = await simulate(choreography, { ...options, faults, journal: true });
    rows.push({ stage, role, fault, verdict: verdictOn(run), text: run.text });
  }
  return { rows, text: tableOf(rows) };
}

interface Visit {
  readonly stage: string;
  readonly role: string;
  readonly who: number;
}

/** The first of each role in each stage, in the order in which the stages are begun. */
function visits({ journal }: Simulation): readonly Visit[] {
  const found = new Map<string, Visit>();
  const entered = journal.filter(({ event }) => event === "enter");
  for (const { stage: key, role, id } of entered) {
    const stage = idOf(key);
    const there = found.get(`${stage} ${role}`);
    if (there === undefined || id < there.who) {
      found.set(`${stage} ${role}`, { stage, role, who: id });
    }
  }
  return [...found.values()].sort(
    (a, b) => Number(b.stage === ROSTER) - Number(a.stage === ROSTER),
  );
}

function tableOf(rows: readonly SweepRow[]): string {
  const head = ["stage", "role", "fault", "verdict", "what happened"];
  const cells = rows.map(({ stage, role, fault, verdict, text }) => {
    return [stage, role, fault, verdict, text];
  });
  return table([head, ...cells]).join("\n");
}
