import { choreography, one, plan, rest, testcase } from "@groundplan/dsl";
import { AbortedError } from "@groundplan/runtime";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { latch } from "./latch.ts";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

describe("failure of one instance", () => {
  test("a body that throws ends all others with its name, stage and error [C45]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "seed", {}, () => {
        throw new Error("connection reset");
      });
      c.barrier("connected");
    });
    const run = await performAll(found);
    expect(errors(run)).toEqual([
      "seed #1 stage 'dial': connection reset",
      "aborted: #1 (seed) failed in 'dial': connection reset",
      "aborted: #1 (seed) failed in 'dial': connection reset",
    ]);
    expect(run.results.map(({ type }) => type)).toEqual(["failed", "aborted", "aborted"]);
  });

  test("in rounds, the message names the round", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("ping", 5, (r) => {
        r.run("rtt", "peer", {}, ({ me }) => {
          if (me.round === 2 && me.id === 3) throw new Error("reset");
        });
        r.barrier("done");
      });
    });
    const texts = errors(await performAll(found));
    expect(texts).toContain("aborted: #3 (peer) failed in 'ping/rtt#3': reset");
  });

  test.each([
    ["text", "text"],
    [undefined, "undefined"],
    [{ odd: 1 }, "[object Object]"],
  ])("a body may throw %o", async (thrown, text) => {
    const found = choreography({ roles: { a: one() }, ...soon }, (c) => {
      c.everyone("work", {}, () => {
        throw thrown;
      });
    });
    expect(errors(await performAll(found, { groups: { g: 1 } }))).toEqual([
      `a #1 stage 'work': ${text}`,
    ]);
  });

  test("of two failures at once one is the cause for all, and the other is told by its instance alone [C46]", async () => {
    const both = latch();
    let failing = 0;
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("fail", "peer", {}, async ({ me }) => {
        failing += 1;
        if (failing === 2) both.open();
        await both.opened;
        throw new Error(`fault of ${me.id}`);
      });
      c.barrier("met");
    });
    const run = await performAll(found, { groups: { a: 1, b: 2 } });
    const [seed = "", ...peers] = errors(run);
    expect(run.results.map(({ type }) => type)).toEqual(["aborted", "failed", "failed"]);
    expect(seed).toMatch(/^aborted: #[23] \(peer\) failed in 'fail': fault of [23]$/);
    expect(peers).toEqual([2, 3].map((id) => `peer #${id} stage 'fail': fault of ${id}`));
    const told = run.journal.filter(({ event }) => event === "fail" || event === "abort");
    expect(told.map(({ event }) => event).toSorted()).toEqual(["abort", "fail", "fail"]);
  });

  test("an error that nobody caught is told with the stage it struck", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "seed", {}, async () => {
        setImmediate(() => {
          throw new Error("from a callback");
        });
        await new Promise(() => {});
      });
      c.barrier("connected");
    });
    const run = await performAll(found);
    const told = "aborted: #1 (seed) crashed in 'dial': from a callback";
    expect(errors(run)).toEqual(["from a callback", told, told]);
    expect(run.results[0]?.type).toBe("crashed");
  });

  test("the abort reaches a body through me.signal [C54]", async () => {
    let reason: unknown;
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("work", "peer", {}, async ({ me }) => {
        if (me.id === 3) throw new Error("boom");
        await new Promise((_, reject) => {
          me.signal.addEventListener("abort", () => {
            reason = me.signal.reason;
            reject(me.signal.reason);
          });
        });
      });
    });
    const texts = errors(await performAll(found));
    expect(texts).toContain("aborted: #3 (peer) failed in 'work': boom");
    expect(String(reason)).toContain("boom");
  });

  test("a body that ignores its signal holds nobody up", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("work", "peer", {}, ({ me }) => {
        if (me.id === 3) throw new Error("boom");
        return new Promise<void>(() => {});
      });
    });
    expect(errors(await performAll(found))).toContain("aborted: #3 (peer) failed in 'work': boom");
  });

  test("cleanups run once, in reverse, where the run failed", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.everyone("open", {}, ({ me }) => {
        me.cleanup(() => void order.push(`a${me.id}`));
        me.cleanup(() => void order.push(`b${me.id}`));
      });
      c.barrier("open-all");
      c.run("fail", "seed", {}, () => {
        throw new Error("boom");
      });
    });
    await performAll(found);
    expect(order.toSorted()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
    for (const id of [1, 2, 3])
      expect(order.indexOf(`b${id}`)).toBeLessThan(order.indexOf(`a${id}`));
  });

  test("a failing cleanup fails its instance, runs the others, and never hides an earlier cause [C48]", async () => {
    const ran: string[] = [];
    const found = choreography(
      { roles: { a: one() }, params: z.object({ fail: z.boolean().default(false) }), ...soon },
      (c) => {
        c.everyone("open", {}, ({ me }) => {
          me.cleanup(() => void ran.push("first"));
          me.cleanup(() => {
            throw new Error("cannot close");
          });
          if (c.params.fail) throw new Error("the cause");
        });
      },
    );
    const groups = { g: 1 };
    expect(errors(await performAll(found, { groups }))[0]).toContain(
      "a cleanup failed: cannot close",
    );
    expect(ran).toEqual(["first"]);
    expect(errors(await performAll(found, { groups, params: { g: "fail=true" } }))).toEqual([
      "a #1 stage 'open': the cause",
    ]);
  });
});

describe("time running out", () => {
  test("a body that never returns is named by its stage's timeout", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "seed", {}, () => new Promise<void>(() => {}), { timeout: "50ms" });
      c.barrier("connected");
    });
    expect(errors(await performAll(found))).toEqual([
      "seed #1 stage 'dial': the body has not returned after 50 ms",
      "aborted: #1 (seed) failed in 'dial': the body has not returned after 50 ms",
      "aborted: #1 (seed) failed in 'dial': the body has not returned after 50 ms",
    ]);
  });

  test("a barrier's timeout names who is missing and what they do [C52]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("dial", "seed", {}, ({ me }) => me.sleep("10s"));
      c.barrier("connected", { timeout: "600ms" });
    });
    const [, ...peers] = errors(await performAll(found));
    const missing =
      /barrier 'connected': 2 of 3 after 600 ms\. Missing: #1 seed in 'dial' for \d+ ms/;
    for (const text of peers) expect(text).toMatch(missing);
  });

  test("a data stage's timeout names whose value is missing", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const n = c.everyone("n", {}, async ({ me }) => {
        if (me.id === 2) await me.sleep("10s");
        return 1;
      });
      c.exchange("ns", n, { timeout: "600ms" });
    });
    const texts = errors(await performAll(found));
    expect(texts.join()).toMatch(
      /exchange 'ns': 2 of 3 after 600 ms\. Missing: #2 peer in 'n' for/,
    );
  });

  test("the run's timeout says where the run stood [C53]", async () => {
    const found = choreography({ roles, timeout: "400ms", join: "10s" }, (c) => {
      c.run("dial", "seed", {}, () => new Promise<void>(() => {}));
      c.barrier("connected");
    });
    const texts = errors(await performAll(found));
    expect(texts.join()).toMatch(/the run did not finish in 400 ms: /);
    expect(texts.join()).toContain("'dial'");
  });

  test("a raw test case that does not return is ended by its timeout", async () => {
    const found = plan("raw", { case: testcase(() => new Promise(() => {}), { timeout: "50ms" }) });
    const [text] = errors(await performAll(found, { groups: { g: 1 } }));
    expect(text).toBe("the test case has not returned after 50 ms");
  });
});

describe("the roster", () => {
  test("instances that never start are told by how many have, and which each group lacks [C57]", async () => {
    const found = choreography({ roles, timeout: "60s", join: "4s" }, (c) => c.barrier("b"));
    const run = await performAll(found, {
      groups: { a: 50, b: 48, c: 2 },
      absent: { a: 1, c: 2 },
    });
    const told =
      "97 of 100 instances have started after 4 s: group 'a' has 49 of 50 (without 49); other groups, 2 in all, have nobody";
    expect(errors(run)).toHaveLength(97);
    for (const text of errors(run)) expect(text).toContain(told);
  });

  test("different versions of a plan refuse each other with the first difference [C59]", async () => {
    const params = z.object({ rounds: z.number().default(1) });
    const found = choreography({ roles, params, ...soon }, (c) => {
      c.rounds("r", c.params.rounds, (r) => r.barrier("b"));
    });
    const run = await performAll(found, { groups: { a: 1, b: 2 }, params: { b: "rounds=2" } });
    expect(errors(run)).toHaveLength(3);
    for (const text of errors(run)) {
      expect(text).toMatch(/run a different plan than instance \d \(group [ab]\)/);
      expect(text).toContain("first difference at stage 1 'r' (rounds with times");
    }
  });

  test("roles that do not fit the instances say which, to all [C47]", async () => {
    const found = choreography({ roles: { a: one(), b: one() }, ...soon }, (c) => c.barrier("b"));
    const run = await performAll(found);
    expect(errors(run)).toHaveLength(3);
    for (const text of errors(run)) {
      expect(text).toContain("'@roster': 1 of 3 instances has no role after 'a' (1) and 'b' (1)");
    }
  });

  test("one that fails before it has joined ends those who wait for it, at once and with its error [C47]", async () => {
    const params = z.object({ n: z.number().default(1) });
    const found = choreography({ roles, params, timeout: "80s", join: "80s" }, (c) => {
      if (c.params.n > 3) throw new Error("no such n");
      c.barrier("b");
    });
    const started = performance.now();
    const run = await performAll(found, { groups: { a: 2, b: 1 }, params: { b: "n=4" } });
    const told = "aborted: instance 3 of group 'b' failed in 'case': no such n";
    expect(errors(run)).toEqual([told, told, "no such n"]);
    expect(performance.now() - started).toBeLessThan(40_000);
  });

  test("one that is ended before all have joined says that it was stopped [C47]", async () => {
    const found = choreography({ roles, timeout: "80s", join: "80s" }, (c) => c.barrier("b"));
    const stop = new AbortController();
    const running = performAll(found, { absent: { single: 1 }, signal: stop.signal });
    stop.abort(new AbortedError("interrupted by SIGINT"));
    const run = await running;
    expect(run.results.map(({ type }) => type)).toEqual(["aborted", "aborted"]);
    for (const text of errors(run)) expect(text).toContain("interrupted by SIGINT");
  });

  test("an instance beyond the count is refused, and the others go on [C58]", async () => {
    const met = latch();
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("b");
      // Not over before the refusal, whatever it would do to them.
      c.everyone("work", {}, () => met.opened);
      c.barrier("worked");
    });
    const write = (line: string): void => {
      if (line.includes("failure_event")) met.open();
    };
    const run = await performAll(found, { groups: { g: 3 }, surplus: 1, write });
    expect(errors(run)).toEqual([
      "stage '@roster': the run has its 3 instances already, and this is number 4: is TEST_INSTANCE_COUNT right, and the run id new?",
    ]);
    expect(run.results.filter(({ type }) => type === "ok")).toHaveLength(3);
  });
});
