import { choreography, one, type RetryOptions, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { backoffMs } from "../src/perform/backoff.ts";
import { errors, performAll, type Run } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

/** One instance whose body fails so many times, then gives what it tried. */
async function failing(
  times: number,
  retry: RetryOptions,
): Promise<{ readonly run: Run; readonly startedAt: readonly number[] }> {
  const startedAt: number[] = [];
  const found = choreography({ roles: { a: one() }, ...soon }, (c) => {
    c.everyone(
      "dial",
      {},
      ({ me }) => {
        startedAt.push(me.now());
        if (me.attempt <= times) throw new Error(`refused ${me.attempt}`);
      },
      { retry },
    );
  });
  return { run: await performAll(found, { groups: { g: 1 } }), startedAt };
}

describe("a body that is retried", () => {
  test("is run again until it returns, and the journal tells each attempt and what went before", async () => {
    const { run } = await failing(2, { backoff: "1ms..2ms" });
    expect(errors(run)).toEqual([]);
    const attempts = run.journal.filter(({ event }) => event === "attempt");
    expect(attempts.map(({ stage, attempt, text }) => ({ stage, attempt, text }))).toEqual([
      { stage: "dial", attempt: 2, text: "refused 1" },
      { stage: "dial", attempt: 3, text: "refused 2" },
    ]);
  });

  test("fails with its last error after so many attempts, three unless given [C36]", async () => {
    const [few, usual] = await Promise.all([
      failing(9, { attempts: 2, backoff: "1ms..1ms" }),
      failing(9, { backoff: "1ms..1ms" }),
    ]);
    expect(errors(few.run)).toEqual(["a #1 stage 'dial': refused 2 (attempt 2 of 2)"]);
    expect(errors(usual.run)).toEqual(["a #1 stage 'dial': refused 3 (attempt 3 of 3)"]);
    expect([few.startedAt.length, usual.startedAt.length]).toEqual([2, 3]);
  });

  test("is retried without limit within a time, with a last attempt at its end [C36]", async () => {
    const { run, startedAt } = await failing(1_000, { within: "60ms", backoff: "10ms..10ms" });
    expect(errors(run)[0]).toMatch(/^a #1 stage 'dial': refused \d+ \(attempt \d+\)$/);
    expect(startedAt.length).toBeGreaterThan(3);
    const [first = 0] = startedAt;
    expect((startedAt.at(-1) ?? 0) - first).toBeGreaterThanOrEqual(59);
  });

  test("pauses from the shortest time to the longest, doubling, never all at the same moment [C36]", () => {
    const range = (made: number): readonly number[] =>
      [0, 1].map((draw) => backoffMs([200, 5_000], made, draw));
    expect([1, 2, 3, 4, 5, 50].map(range)).toEqual([
      [200, 400],
      [400, 800],
      [800, 1_600],
      [1_600, 3_200],
      [2_500, 5_000],
      [2_500, 5_000],
    ]);
    expect(backoffMs([10, 10], 3, 0.5)).toBe(10);
  });

  test("pauses between its attempts", async () => {
    const { startedAt } = await failing(2, { backoff: "20ms..20ms" });
    const pauses = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0));
    expect(pauses).toHaveLength(2);
    // A timer may fire a little early.
    for (const each of pauses) expect(each).toBeGreaterThanOrEqual(18);
  });

  test("counts once in whatever it is followed by, however often it was run [C37]", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const dialled = c.run(
        "dial",
        "peer",
        {},
        ({ me }) => {
          if (me.attempt < 3) throw new Error("refused");
          order.push(`dialled ${me.id}`);
          return me.attempt;
        },
        { retry: { backoff: "1ms..2ms" }, concurrency: 1 },
      );
      c.waitFor("go", c.signal("ready", { at: "peer" }), { at: "seed" });
      c.run("go-on", "seed", {}, () => void order.push("go"));
      c.gather("attempts", "peer", "seed", dialled);
    });
    const run = await performAll(found, { groups: { g: 4 } });
    expect(errors(run)).toEqual([]);
    expect(order).toEqual(["dialled 2", "dialled 3", "dialled 4", "go"]);
    const acts = run.journal.filter(({ event, id }) => event === "act" && id === 2);
    expect(acts.map(({ stage }) => stage)).toEqual(["dial", "ready", "attempts"]);
  });

  test("is not run again once the run is aborted, and its pause ends at once [C36]", async () => {
    let attempts = 0;
    const start = performance.now();
    const patient = choreography({ roles, ...soon }, (c) => {
      c.run(
        "dial",
        "peer",
        {},
        () => {
          attempts += 1;
          throw new Error("refused");
        },
        { retry: { backoff: "10s..10s" } },
      );
      c.run("fail", "seed", {}, async ({ me }) => {
        await me.sleep(50);
        throw new Error("boom");
      });
    });
    const told = "aborted: #1 (seed) failed in 'fail': boom";
    expect(errors(await performAll(patient))).toEqual(["seed #1 stage 'fail': boom", told, told]);
    expect(attempts).toBe(2);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test("that hangs is told with its attempt and the last error [C51]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run(
        "dial",
        "seed",
        {},
        ({ me }) => {
          if (me.attempt < 3) throw new Error("ECONNREFUSED 10.0.0.1:4001");
          return new Promise<void>(() => {});
        },
        { timeout: "100ms", retry: { attempts: 5, backoff: "1ms..2ms" } },
      );
      c.barrier("connected");
    });
    const told =
      "the body has not returned after 100 ms (attempt 3 of 5, last error: ECONNREFUSED 10.0.0.1:4001)";
    expect(errors(await performAll(found))).toEqual([
      `seed #1 stage 'dial': ${told}`,
      `aborted: #1 (seed) failed in 'dial': ${told}`,
      `aborted: #1 (seed) failed in 'dial': ${told}`,
    ]);
  });

  test("is blamed with its attempt and last error by those who miss it", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run(
        "dial",
        "seed",
        {},
        ({ me }) => {
          if (me.attempt === 1) throw new Error("ECONNREFUSED");
          return me.sleep("10s");
        },
        { retry: { backoff: "1ms..2ms" } },
      );
      c.barrier("connected", { timeout: "600ms" });
    });
    expect(errors(await performAll(found)).join()).toMatch(
      /Missing: #1 seed in 'dial' for \d+ ms \(attempt 2, last error: ECONNREFUSED\)/,
    );
  });

  test("ends what an attempt left running and tied to its signal", async () => {
    const ended: string[] = [];
    const found = choreography({ roles: { a: one() }, ...soon }, (c) => {
      c.everyone(
        "dial",
        {},
        ({ me }) => {
          me.signal.addEventListener("abort", () => void ended.push(me.signal.reason.message));
          if (me.attempt === 1) throw new Error("refused");
          expect(ended).toEqual(["attempt 1 of 'dial' is over"]);
        },
        { retry: { backoff: "1ms..1ms" } },
      );
    });
    expect(errors(await performAll(found, { groups: { g: 1 } }))).toEqual([]);
    expect(ended).toHaveLength(2);
  });
});
