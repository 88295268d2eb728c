import { CyclicBarrier, type Namespace } from "@groundplan/sync";

/** Instances go through the steps of a simulation in step with each other. */
export async function simulate(run: Namespace, instances: number, steps: number): Promise<number> {
  const barrier = new CyclicBarrier(run, "step", instances);
  let lastToArrive = 0;
  for (let step = 1; step <= steps; step++) {
    // ... compute the step ...
    const { place } = await barrier.arrive({ timeoutMs: 10_000 });
    if (place === instances) lastToArrive++;
  }
  return lastToArrive;
}
