import type { Choreography, JournalEvent } from "@groundplan/dsl";
import { simulate } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import addressExchange from "../../../../plans/patterns/address-exchange.ts";
import leaderConfig from "../../../../plans/patterns/leader-config.ts";
import phasedBarriers from "../../../../plans/patterns/phased-barriers.ts";
import roundsPlan from "../../../../plans/patterns/rounds.ts";
import topology from "../../../../plans/patterns/topology.ts";
import waitForASubset from "../../../../plans/patterns/wait-for-a-subset.ts";
import { performAll } from "../perform-all.ts";
import { churning, dialling } from "./simple-plans.ts";

const EXAMPLES: readonly (readonly [
  name: string,
  found: Choreography<never>,
  instances: number,
])[] = [
  ["dialling", dialling as Choreography<never>, 5],
  ["churning", churning as Choreography<never>, 4],
  ...[addressExchange, leaderConfig, phasedBarriers, roundsPlan, topology].flatMap((plan) =>
    casesOf(plan, 4),
  ),
  ...casesOf(waitForASubset, 7),
];

describe("a simulated journal", () => {
  it.each(EXAMPLES)("has the order of a real run's for %s", async (_, found, instances) => {
    const simulated = await simulate(found as Choreography, { instances, patience: "20s" });
    expect(simulated.text).toMatch(/^ok/);
    const real = await performAll(found, { groups: { single: instances }, seed: "1" });
    expect(real.results.map(({ type }) => type)).toEqual(
      Array.from({ length: instances }, () => "ok"),
    );
    expect(orders(simulated.journal)).toEqual(orders(real.journal));
  });
});

/** What each instance does in which order, without what only says when. */
function orders(journal: readonly JournalEvent[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const { id, role, stage, event, need, attempt } of journal) {
    if (event === "attempt" || event === "log") continue;
    const line = [role, stage, event, need, attempt].join(" ");
    found.set(id, [...(found.get(id) ?? []), line]);
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

function casesOf(
  { name, cases }: { readonly name: string; readonly cases: object },
  instances: number,
): readonly (readonly [string, Choreography<never>, number])[] {
  return Object.entries(cases).map(
    ([each, found]) => [`${name}/${each}`, found, instances] as const,
  );
}
