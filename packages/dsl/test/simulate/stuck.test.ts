import { choreography, one, rest } from "@groundplan/dsl";
import { simulate } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { dialling } from "./simple-plans.ts";

describe("a run that cannot go on", () => {
  it("is found stuck at once, in real time and in virtual", async () => {
    const started = performance.now();
    const { outcome, text, virtualMs, instances } = await simulate(dialling, {
      instances: 4,
      faults: [{ type: "hang", who: 3, at: "dial" }],
    });
    expect(outcome).toBe("stuck");
    expect(text).toContain("the body of #3 (peer) in 'dial' does not return");
    expect(text).toContain("again with --seed 1");
    expect(instances.map(({ outcome }) => outcome)).toContainEqual({
      type: "stuck",
      stage: "dial",
    });
    // The run's own time of five minutes is not waited for.
    expect(virtualMs).toBeLessThan(60_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("is found stuck on a store that knows no deaths", async () => {
    const { outcome, text } = await simulate(dialling, {
      instances: 4,
      store: "counters",
      faults: [{ type: "crash", who: 2, at: "dial" }],
    });
    expect(outcome).toBe("stuck");
    expect(text).toMatch(/#1 \(seed\) waits in 'ports'; .*#2 \(peer\) crashed in 'dial'/);
  });

  it("fails by a timeout of the plan's own instead", async () => {
    const plan = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
      c.run("work", "peer", {}, () => {}, { timeout: "30s" });
      c.barrier("met");
    });
    const { outcome, text, virtualMs } = await simulate(plan, {
      instances: 3,
      faults: [{ type: "hang", who: "peer", at: "work" }],
    });
    expect(outcome).toBe("failed");
    expect(text).toContain("#2 (peer) failed in 'work': the body has not returned after 30 s");
    expect(virtualMs).toBeGreaterThan(30_000);
  });

  it("fails by the run's time where something happens only later", async () => {
    const plan = choreography({ roles: { all: rest() }, timeout: "1m" }, (c) => {
      c.everyone("sleep", {}, ({ me }) => me.sleep("2h"));
    });
    const { outcome, text } = await simulate(plan, { instances: 2 });
    expect(outcome).toBe("failed");
    expect(text).toContain("the run did not finish in 60 s");
  });

  it("says so of a body that waits for what is not virtual, after the patience for it", async () => {
    const plan = choreography({ roles: { all: rest() } }, (c) => {
      c.everyone("wait", {}, () => new Promise<void>(() => {}));
    });
    const { outcome, text } = await simulate(plan, { instances: 1, patience: "20ms" });
    expect(outcome).toBe("stuck");
    expect(text).toContain("the body of #1 (all) in 'wait' does not return");
  });
});
