import { choreography, one, rest } from "@groundplan/dsl";
import { MAX_VALUE_BYTES } from "@groundplan/sync";
import { describe, expect, test } from "vitest";
import { performOver, STORES } from "./churn-run.ts";
import { deeds, everyStage } from "./every-stage.ts";
import { latch } from "./latch.ts";
import { errors } from "./perform-all.ts";

const soon = { timeout: "80s", join: "40s" } as const;
const roles = { seed: one(), peer: rest() };

describe.each(STORES)("over %s", (store) => {
  test("a value may take what the store's limit is, and one byte more is refused before it is sent [C25]", async () => {
    const largest = MAX_VALUE_BYTES - JSON.stringify([1, ""]).length;
    const share = (size: number, seen: number[]) =>
      choreography({ roles, ...soon }, (c) => {
        const value = c.run("make", "seed", {}, () => "x".repeat(size));
        const shared = c.broadcast("share", "seed", value);
        c.everyone("look", { shared }, ({ shared }) => void seen.push(shared.length));
      });
    const seen: number[] = [];
    expect(errors(await performOver(store, share(largest, seen), { a: 3 }))).toEqual([]);
    expect(seen).toEqual(Array(3).fill(largest));
    const run = await performOver(store, share(largest + 1, []), { a: 3 });
    expect(errors(run)[0]).toMatch(
      /^seed #1 stage 'share': .* takes 1048577 bytes of JSON, and 1048576 is the limit/,
    );
    expect(run.journal.filter(({ event }) => event === "act")).toEqual([]);
  });

  test("who comes late to a stage reads what all have published, and does not wait [C28]", async () => {
    const seen: unknown[] = [];
    const passed = new Set<number>();
    const left = latch();
    const parted = { reader: one({ group: "late" }), peer: rest() };
    const found = choreography({ roles: parted, ...soon }, (c) => {
      const id = c.run("id", "peer", {}, ({ me }) => me.id);
      // All peers are past everything when the reader comes to it.
      c.run("come", "reader", {}, () => left.opened);
      const first = c.gather("first", "peer", "reader", id);
      const rounds = c.rounds("r", 3, (r) => {
        r.signal("told", { at: "peer" });
        return r.gather("ids", "peer", "reader", id);
      });
      c.run("leave", "peer", {}, ({ me }) => {
        if (passed.add(me.id).size === 5) left.open();
      });
      c.run("look", "reader", { first, rounds }, ({ first, rounds }) => {
        seen.push([first, ...rounds].map((roster) => [...roster]));
      });
    });
    expect(errors(await performOver(store, found, { late: 1, early: 5 }))).toEqual([]);
    expect(seen).toEqual([Array(4).fill([2, 3, 4, 5, 6])]);
  });
});

test("every instance does the same in the same order on memory, Redis and the service [C63]", async () => {
  const runs = [];
  for (const store of STORES) {
    const { found, seen } = everyStage();
    const run = await performOver(store, found, { a: 2, b: 3 });
    expect(errors(run)).toEqual([]);
    runs.push({ seen: seen.toSorted(), deeds: deeds(run) });
  }
  const [first, ...others] = runs;
  expect(first?.seen[0]).toBe(
    '[1,[1,2,3,4,5],[2],[20,30,40,50],{"sum":140,"arm":"much","rounds":[0,1],"repeated":[0,1]}]',
  );
  expect(Object.keys(first?.deeds ?? {})).toEqual(["1", "2", "3", "4", "5"]);
  for (const other of others) expect(other).toEqual(first);
});
