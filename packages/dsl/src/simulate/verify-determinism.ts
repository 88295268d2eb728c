import type { Choreography } from "../choreography.ts";
import type { SimulationOptions } from "./options.ts";
import { firstDifference, type Trace } from "./recorded.ts";
import { simulatedRun } from "./simulated-run.ts";
import type { Simulation } from "./simulation.ts";
import { SimulationError } from "./simulation-error.ts";

/**
 * Simulates twice with one seed and compares what every instance did, when, and which values its stages gave, as far as
 * those are JSON; resolves with the first run.
 *
 * @throws SimulationError `"nondeterministic"` that names the stage in which the runs part: its body takes something
 * from elsewhere than `me`, such as `Math.random`, `Date.now`, or a socket.
 */
export async function verifyDeterminism<P, R extends string>(
  choreography: Choreography<P, R>,
  options: SimulationOptions<P, R> = {},
): Promise<Simulation> {
  const first = simulatedRun(choreography, options, { isTraced: true });
  const simulation = await first.simulation();
  const second = simulatedRun(choreography, options, { isTraced: true });
  await second.simulation();
  const difference = firstDifference(first.traces, second.traces);
  if (difference === undefined) return simulation;
  const { index, one, other } = difference;
  const { member } = simulation.instances[index] ?? {};
  const who = member === undefined ? "an instance" : `#${member.id} (${member.role})`;
  throw new SimulationError(
    "nondeterministic",
    `two runs with seed ${simulation.seed} differ first in stage '${one.stage}' at ${who}: ${told(one)} in one, ` +
      `${told(other)} in the other; take time, pauses and draws from me.now, me.sleep and me.random`,
    one.stage,
  );
}

function told(trace: Trace | undefined): string {
  return trace === undefined ? "nothing" : `'${trace.text.trim()}' after ${trace.t} ms`;
}
