import { choreography, one, rest } from "@groundplan/dsl";
import { type SimulationError, simulate, verifyDeterminism } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { dialling } from "./simple-plans.ts";

describe("a simulation", () => {
  it("has the same hash, journal and time for the same seed", async () => {
    const [a, b] = [
      await simulate(dialling, { instances: 9 }),
      await simulate(dialling, { instances: 9 }),
    ];
    expect(a.outcome).toBe("ok");
    expect(b.hash).toBe(a.hash);
    expect(b.journal).toEqual(a.journal);
    expect([b.virtualMs, b.events]).toEqual([a.virtualMs, a.events]);
  });

  it("has another hash for another seed", async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      hashes.add((await simulate(dialling, { instances: 5, seed })).hash);
    }
    expect(hashes.size).toBe(20);
  });

  it("has no journal where none is to be kept, and the same hash", async () => {
    const without = await simulate(dialling, { instances: 4, journal: false });
    expect(without.journal).toEqual([]);
    expect(without.hash).toBe((await simulate(dialling, { instances: 4 })).hash);
  });

  it("sleeps for a day in no time", async () => {
    const plan = choreography({ roles: { all: rest() }, timeout: "48h" }, (c) => {
      c.everyone("sleep", {}, ({ me }) => me.sleep("24h"));
    });
    const started = performance.now();
    const { outcome, virtualMs } = await simulate(plan, { instances: 5 });
    expect(outcome).toBe("ok");
    expect(virtualMs).toBeGreaterThan(86_400_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("gives bodies virtual time", async () => {
    const plan = choreography({ roles: { all: rest() } }, (c) => {
      c.everyone("nap", {}, async ({ me }) => {
        const before = me.now();
        await me.sleep("3s");
        return Math.round(me.now() - before);
      });
    });
    expect((await simulate(plan, { instances: 2 })).value("nap", 2)).toBe(3_000);
  });
});

describe("a double run", () => {
  it("resolves with the run of a plan that takes all from me", async () => {
    const { outcome, hash } = await verifyDeterminism(dialling, { instances: 5, seed: 3 });
    expect(outcome).toBe("ok");
    expect(hash).toBe((await simulate(dialling, { instances: 5, seed: 3 })).hash);
  });

  it("names the stage whose value differs", async () => {
    const plan = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
      c.everyone("same", {}, ({ me }) => me.random.next());
      c.run("drawn", "peer", {}, () => Math.random());
      c.barrier("after");
    });
    const error = await verifyDeterminism(plan, { instances: 3 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "nondeterministic", stage: "drawn" });
    expect((error as SimulationError).message).toMatch(
      /differ first in stage 'drawn' at #2 \(peer\)|#3 \(peer\)/,
    );
  });

  it("names the stage whose time differs, and not those that wait for it", async () => {
    let longer = 0;
    const plan = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
      c.barrier("before");
      c.run("paused", "peer", {}, async ({ me }) => {
        longer += 10;
        await me.sleep(longer);
      });
      c.barrier("after");
    });
    await expect(verifyDeterminism(plan, { instances: 3 })).rejects.toMatchObject({
      code: "nondeterministic",
      stage: "paused",
    });
  });
});
