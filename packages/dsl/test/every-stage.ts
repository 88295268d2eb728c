import { type Choreography, choreography, one, rest, ring } from "@groundplan/dsl";
import type { Run } from "./perform-all.ts";

const MS = { timeout: "80s", join: "40s" } as const;

/** A choreography with every kind of stage that needs nothing but a store, and what its instances came to know. */
export interface EveryStage {
  readonly found: Choreography<never>;
  /** One line an instance, in no order. */
  readonly seen: readonly string[];
}

/** Each stage's value goes into the last line of each instance: whatever goes wrong on the way is seen there. */
export function everyStage(): EveryStage {
  const seen: string[] = [];
  const found = choreography({ roles: { seed: one(), peer: rest() }, ...MS }, (c) => {
    const tried = c.everyone(
      "try",
      {},
      ({ me }) => {
        if (me.attempt < 2) throw new Error("again");
        return me.id;
      },
      { retry: { backoff: "1ms..2ms" }, concurrency: 2 },
    );
    const all = c.exchange("all", tried);
    const links = c.connect("mesh", ring(), { all }, ({ all, peer }) => all.of(peer));
    const list = c.run("list", "seed", { all }, ({ all }) => all.peer.map((id) => id * 10));
    const dealt = c.scatter("deal", "seed", "peer", list);
    const gathered = c.gather("gathered", "peer", ["seed", "peer"], dealt);
    const sum = c.reduce("sum", "peer", dealt, (each) => each.reduce((a, b) => a + b, 0));
    const isMuch = c.run("judge", "seed", { sum }, ({ sum }) => sum > 10);
    const much = c.broadcast("is-much", "seed", isMuch);
    const arm = c.branch("if", much, {
      then: (d) => {
        d.barrier("much");
        return d.everyone("say", {}, () => "much");
      },
      else: (d) => d.everyone("say", {}, () => "little"),
    });
    const ready = c.signal("ready", { at: "peer" });
    c.waitFor("all-ready", ready, { at: "seed" });
    const rounds = c.rounds("r", 2, (r) => {
      r.among("peer", (d) => d.barrier("peers"));
      r.barrier("met");
      return r.everyone("n", {}, ({ me }) => me.round);
    });
    const repeated = c.repeat("again", { max: 5 }, (r) => {
      const last = r.run("ask", "seed", {}, ({ me }) => me.round === 1);
      const until = r.broadcast("last", "seed", last);
      return { until, value: r.everyone("n", {}, ({ me }) => me.round) };
    });
    const needs = { all, links, gathered, sum, arm, rounds, repeated };
    c.everyone("look", needs, ({ me, links, all, gathered, ...rest }) => {
      const dialled = links.map(({ value }) => value);
      seen.push(JSON.stringify([me.id, [...all], dialled, [...gathered], rest]));
    });
  });
  return { found, seen };
}

/** What each instance did, in its order; without times. */
export function deeds({ journal }: Run): Readonly<Record<number, readonly string[]>> {
  const deeds: Record<number, string[]> = {};
  for (const { id, stage, event, need = "" } of journal) {
    deeds[id] = [...(deeds[id] ?? []), `${stage} ${event} ${need}`];
  }
  return deeds;
}
