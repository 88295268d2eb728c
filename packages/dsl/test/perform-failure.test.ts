import { choreography, one, plan, rest, testcase } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

describe("failure of one instance", () => {
  test("a body that throws ends all others with its name, stage and error", async () => {
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

  test("of two failures at once one is the cause, and both are told", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.barrier("together");
      c.run("fail", "peer", {}, ({ me }) => {
        throw new Error(`fault of ${me.id}`);
      });
    });
    const run = await performAll(found);
    const [seed = "", ...peers] = errors(run);
    expect(seed).toMatch(/^aborted: #[23] \(peer\) failed in 'fail': fault of [23]$/);
    for (const text of peers) expect(text).toMatch(/fault of [23]/);
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

  test("the abort reaches a body through me.signal", async () => {
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

  test("a failing cleanup fails its instance, runs the others, and never hides an earlier cause", async () => {
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

  test("a barrier's timeout names who is missing and what they do", async () => {
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

  test("the run's timeout says where the run stood", async () => {
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
  test("an instance that never starts is told by how many arrived, and of which group", async () => {
    const found = choreography({ roles, timeout: "5s", join: "100ms" }, (c) => c.barrier("b"));
    const run = await performAll(found, { groups: { a: 1, b: 2 }, absent: { b: 1 } });
    expect(errors(run).join()).toContain(
      "2 of 3 instances have started after 100 ms: group 'b' has 1 of 2",
    );
  });

  test("different versions of a plan refuse each other with the first difference", async () => {
    const params = z.object({ rounds: z.number().default(1) });
    const found = choreography({ roles, params, ...soon }, (c) => {
      c.rounds("r", c.params.rounds, (r) => r.barrier("b"));
    });
    const run = await performAll(found, { groups: { a: 1, b: 2 }, params: { b: "rounds=2" } });
    const texts = errors(run).join("\n");
    expect(texts).toMatch(/run a different plan than instance \d \(group [ab]\)/);
    expect(texts).toContain("first difference at stage 1 'r' (rounds with times");
    expect(run.results.some(({ type }) => type === "ok")).toBe(false);
  });

  test("roles that do not fit the instances say which", async () => {
    const found = choreography({ roles: { a: one(), b: one() }, ...soon }, (c) => c.barrier("b"));
    const texts = errors(await performAll(found)).join("\n");
    expect(texts).toMatch(/stage '@roster': /);
  });

  test("a surplus instance is refused, and the others go on", async () => {
    const found = choreography({ roles, ...soon }, (c) => c.barrier("b"));
    const run = await performAll(found, { groups: { g: 3 }, surplus: 1 });
    expect(errors(run).join()).toContain(
      "the run has its 3 instances already, and this is number 4",
    );
  });
});
