import { type Namespace, SharedValue } from "@groundplan/sync";
import { z } from "zod";

const leaderboard = z.record(z.string(), z.number());

/** Adds a result to what all instances share. Called again with the present value when another was faster. */
export async function report(run: Namespace, instance: string, score: number): Promise<void> {
  const scores = new SharedValue(run, "scores", leaderboard);
  await scores.update((known = {}) => ({ ...known, [instance]: score }));
}

/** Waits until so many have reported. */
export async function winner(run: Namespace, instances: number): Promise<string | undefined> {
  const scores = new SharedValue(run, "scores", leaderboard);
  const isComplete = (known: Record<string, number>) => Object.keys(known).length >= instances;
  const { value } = await scores.waitUntil(isComplete, { timeoutMs: 10_000 });
  return Object.entries(value).toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
