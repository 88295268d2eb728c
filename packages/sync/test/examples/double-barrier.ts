import { DoubleBarrier, type Namespace } from "@groundplan/sync";

/** Measures while all instances are at it, and counts only what was measured then. */
export async function measureTogether(
  run: Namespace,
  instances: number,
  measure: (lost: AbortSignal) => Promise<number>,
): Promise<number> {
  const trial = new DoubleBarrier(run, "trial", instances);
  return trial.run(({ lost }) => measure(lost), { timeoutMs: 10_000 });
}
