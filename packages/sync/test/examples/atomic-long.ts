import { AtomicLong, type Namespace } from "@groundplan/sync";

/** Spends from a budget that all instances share; gives back what would overdraw it. */
export async function spend(run: Namespace, cost: number): Promise<boolean> {
  const budget = new AtomicLong(run, "budget");
  if ((await budget.add(-cost)) >= 0) return true;
  await budget.add(cost);
  return false;
}
