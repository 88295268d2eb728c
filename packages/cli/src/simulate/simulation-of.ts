import type { Choreography } from "@groundplan/dsl";
import {
  SimulationError,
  type SimulationOptions,
  simulate,
  sweep,
  verifyDeterminism,
} from "@groundplan/dsl/tools";
import { situations } from "../check/situation.ts";
import { CommandError, EXIT, usage } from "../command-error.ts";
import { onlyChoreography } from "../list/chosen-case.ts";
import { loadPlan } from "../run/load-plan.ts";
import type { SimulateArguments } from "./command.ts";
import { parseFault } from "./parse-fault.ts";

/** What a simulation came to, and whether that is as it should be. */
export interface Simulated {
  readonly text: string;
  readonly isGood: boolean;
}

/** Simulates as the arguments say. */
export async function simulationOf(args: SimulateArguments): Promise<Simulated> {
  const faults = args.fault.map(parseFault);
  const { plan, bundle } = await loadPlan(args.plan, undefined);
  try {
    const { choreography } = onlyChoreography(plan, args.case);
    const { instances, group, param } = args;
    const asked = { instances, group, param, store: "redis", processes: undefined } as const;
    const { groups, groupParams, params } = situations(plan, asked)(choreography);
    const options = {
      ...(groups === undefined ? {} : { groups }),
      ...(groupParams === undefined ? {} : { groupParams }),
      ...(params === undefined ? {} : { params }),
      faults,
      seed: args.seed,
      store: args.store,
    };
    return await simulated(choreography, options, args);
  } catch (error) {
    throw usable(error);
  } finally {
    await bundle.remove();
  }
}

async function simulated(
  choreography: Choreography,
  options: SimulationOptions & { readonly seed: number },
  args: SimulateArguments,
): Promise<Simulated> {
  if (args.sweep !== undefined) return swept(choreography, options, args.sweep);
  if (args.seeds > 1) return underSeeds(choreography, options, args.seeds);
  const run = args.twice ? verifyDeterminism : simulate;
  const { text, outcome } = await run(choreography, options);
  return { text, isGood: outcome === "ok" };
}

async function swept(
  choreography: Choreography,
  options: SimulationOptions,
  given: string,
): Promise<Simulated> {
  const fault = given === "throw" || given === "hang" ? given : "crash";
  const { text, rows } = await sweep(choreography, { ...options, fault });
  const isGood = rows.every(({ verdict }) => verdict === "aborts" || verdict === "tolerated");
  return { text, isGood };
}

/** Ends with the first seed that is not good. */
async function underSeeds(
  choreography: Choreography,
  options: SimulationOptions & { readonly seed: number },
  seeds: number,
): Promise<Simulated> {
  let longest = 0;
  for (let seed = options.seed; seed < options.seed + seeds; seed++) {
    const run = await simulate(choreography, { ...options, seed, journal: false });
    if (run.outcome !== "ok") return { text: run.text, isGood: false };
    longest = Math.max(longest, run.virtualMs);
  }
  const time = Math.round(longest) / 1_000;
  const text = `ok: ${seeds} seeds from ${options.seed}, up to ${time} s of virtual time`;
  return { text, isGood: true };
}

/** A plan that is at fault, or arguments that are, said as such. */
function usable(error: unknown): unknown {
  if (error instanceof SimulationError) {
    const isPlans = error.code === "nondeterministic" || error.code === "fails-without-faults";
    const code = isPlans ? EXIT.failure : EXIT.usage;
    return new CommandError(code, error.message, { cause: error });
  }
  // Not by its class: the plan's bundle has a copy of the package of its own.
  const isDefinitions = error instanceof Error && error.name === "DefinitionError";
  return isDefinitions ? usage(error.message, error) : error;
}
