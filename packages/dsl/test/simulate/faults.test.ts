import { choreography, count, one, outside, rest } from "@groundplan/dsl";
import { type Fault, type SimulationOptions, simulate } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { churning, dialling } from "./simple-plans.ts";

const run = (faults: readonly Fault<"seed" | "peer">[], more: SimulationOptions = {}) =>
  simulate(dialling, { instances: 5, ...more, faults });

describe("a simulated fault", () => {
  it("'crash' makes a process vanish, which its lease tells the others", async () => {
    const { outcome, text, instances, virtualMs } = await run([
      { type: "crash", who: 3, at: "dial" },
    ]);
    expect(outcome).toBe("failed");
    expect(text).toContain("#3 (peer) died");
    expect(instances[2]?.outcome).toEqual({ type: "crashed", stage: "dial" });
    expect(instances[0]?.outcome).toMatchObject({ type: "aborted" });
    expect(virtualMs).toBeGreaterThan(10_000);
  });

  it("'crash' before the roster leaves the others to the time for joining", async () => {
    const { outcome, text } = await run([{ type: "crash", who: "peer", at: "@roster" }]);
    expect(outcome).toBe("failed");
    expect(text).toContain("4 of 5 instances have started after 5 min");
  });

  it("'crash' strikes in the round it names", async () => {
    const { journal } = await run([{ type: "crash", who: 2, at: "ping/round#2" }]);
    const entered = journal.filter(({ id, event }) => id === 2 && event === "enter");
    expect(entered.at(-1)?.stage).toBe("ping/round#2");
  });

  it("'crash' at rounds strikes in the first stage of the first", async () => {
    const { outcome, instances } = await run([{ type: "crash", who: 2, at: "ping" }]);
    expect(outcome).toBe("failed");
    expect(instances[1]?.outcome).toEqual({ type: "crashed", stage: "ping/round#1" });
  });

  it("'crash' in a role that can lose one is tolerated, and known to all", async () => {
    const { outcome, text, value } = await simulate(churning, {
      instances: 5,
      faults: [{ type: "crash", who: 4, at: "ids" }],
    });
    expect(outcome).toBe("ok");
    expect(text).toContain("without #4 (node)");
    expect(value("count", 1)).toBe(4);
    expect(value("count", 5)).toBe(4);
  });

  it("'restart' has a new process try to join a run that is complete, and be refused", async () => {
    const { outcome, instances } = await run([
      { type: "restart", who: 3, at: "dial", after: "1s" },
    ]);
    expect(outcome).toBe("failed");
    expect(instances).toHaveLength(6);
    expect(instances[2]?.outcome).toEqual({ type: "crashed", stage: "dial" });
    expect(instances[5]?.outcome).toMatchObject({
      type: "failed",
      error: { code: "surplus-instance" },
    });
  });

  it("'restart' before the roster is only late", async () => {
    const { outcome } = await run([{ type: "restart", who: 3, at: "@roster", after: "10s" }]);
    expect(outcome).toBe("ok");
  });

  it("'throw' fails the body", async () => {
    const { outcome, text } = await run([{ type: "throw", who: 4, at: "dial" }]);
    expect(outcome).toBe("failed");
    expect(text).toContain("#4 (peer) failed in 'dial': the simulation had it throw");
  });

  it("'throw' on some attempts is overcome by a stage that retries", async () => {
    const plan = choreography({ roles: { all: rest() } }, (c) => {
      c.everyone("dial", {}, ({ me }) => me.attempt, { retry: { attempts: 4 } });
    });
    const fault = { type: "throw", who: 2, at: "dial", attempts: 3 } as const;
    const { outcome, value } = await simulate(plan, { instances: 2, faults: [fault] });
    expect([outcome, value("dial", 1), value("dial", 2)]).toEqual(["ok", 1, 4]);
  });

  it("'hang' keeps the body from returning", async () => {
    const { outcome } = await run([{ type: "hang", who: "seed", at: "listen" }]);
    expect(outcome).toBe("stuck");
  });

  it("'slow' takes so many times as long", async () => {
    const [plain, slow] = [await run([]), await run([{ type: "slow", who: "seed", factor: 100 }])];
    expect(slow.outcome).toBe("ok");
    expect(slow.virtualMs).toBeGreaterThan(plain.virtualMs + 4_000);
  });

  it("'late' starts later", async () => {
    const { outcome, virtualMs } = await run([{ type: "late", who: "peer", by: "1m" }]);
    expect(outcome).toBe("ok");
    expect(virtualMs).toBeGreaterThan(60_000);
  });

  it("'cut' for less than a lease costs nothing but time", async () => {
    const { outcome, virtualMs } = await run([
      { type: "cut", who: [2, "seed"], from: "550ms", to: "8s" },
    ]);
    expect(outcome).toBe("ok");
    expect(virtualMs).toBeGreaterThan(8_000);
  });

  it("'cut' for longer than a lease is a death to the others", async () => {
    const { outcome, text } = await run([{ type: "cut", who: 2, from: "550ms", to: "1m" }]);
    expect(outcome).toBe("failed");
    expect(text).toContain("#2 (peer) died");
  });

  it("'resend' changes nothing where arrivals are sets", async () => {
    const plain = await run([]);
    const { outcome, value } = await run([{ type: "resend", share: 1 }]);
    expect(outcome).toBe("ok");
    expect(value("ports", 1)).toEqual(plain.value("ports", 1));
  });

  it("'resend' breaks a run on a store that only counts, from the roster on", async () => {
    const { outcome, text } = await run([{ type: "resend", share: 1 }], { store: "counters" });
    expect(outcome).toBe("stuck");
    expect(text).toMatch(/ wait in '(?:@roster|addr)'/);
  });

  it("'restart' in a role that can lose one leaves the run to the others", async () => {
    const { outcome } = await simulate(churning, {
      instances: 5,
      faults: [{ type: "restart", who: 4, at: "ids", after: "1s" }],
    });
    expect(outcome).toBe("ok");
  });

  it.each([
    [
      { type: "crash", who: "pear", at: "dial" },
      /there is no 'pear'; there are ids 1 to 5, and seed, peer/,
    ],
    [{ type: "crash", who: 2, at: "dail" }, /there is no stage 'dail'; listen, addr, dial/],
    [{ type: "throw", who: 2, at: "ping/round" }, /stage 'ping\/round' has no body/],
    [{ type: "hang", who: "seed", at: "dial" }, /'seed' does not take part in 'dial'/],
    [{ type: "resend", share: 2 }, /the share must be 0 to 1/],
    [{ type: "slow", who: 1, factor: 0 }, /the factor must be more than 0/],
  ] as const)("that cannot be, %j, is refused", async (fault, message) => {
    const refused = simulate(dialling, { instances: 5, faults: [fault as Fault<"seed" | "peer">] });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: "bad-fault" });
  });
});

describe("outside instances", () => {
  const plan = choreography({ roles: { hub: one(), node: count(2), go: outside(3) } }, (c) => {
    c.barrier("ready", { at: ["hub", "node", "go"], state: "ready" });
    c.rounds("each", 2, (r) => r.barrier("met", { at: ["hub", "go"], state: "met-{round}" }));
  });

  it("signal what is waited for, in every round", async () => {
    expect(await simulate(plan, { instances: 6 })).toMatchObject({ outcome: "ok" });
  });
});
