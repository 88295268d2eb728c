import type { Choreography } from "../choreography.ts";
import type { SimulationOptions } from "./options.ts";
import { simulatedRun } from "./simulated-run.ts";
import type { Simulation } from "./simulation.ts";

/**
 * Performs a choreography in virtual time: every instance in this process, over a store whose latencies, starts and
 * faults come from the seed. The interpreter is that of real runs; the bodies are the real ones, or stubs.
 *
 * A run that cannot go on is found at once, without waiting. Bodies that take their time from `me.sleep` and `me.now`,
 * and their draws from `me.random`, do the same in every run with one seed.
 *
 * @throws DefinitionError where the stages cannot be declared, or the roles do not fit the instances.
 * @throws SimulationError `"bad-option"`, `"bad-fault"`.
 */
export async function simulate<P, R extends string>(
  choreography: Choreography<P, R>,
  options: SimulationOptions<P, R> = {},
): Promise<Simulation> {
  return simulatedRun(choreography, options).simulation();
}
