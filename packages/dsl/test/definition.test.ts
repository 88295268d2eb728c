import {
  type Agreed,
  type BodyOptions,
  choreography,
  count,
  DefinitionError,
  duration,
  group,
  one,
  outside,
  type Ref,
  random,
  rest,
  type Scope,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const roles = { seed: one(), peer: rest() };
type Define = (c: Scope<typeof roles, "seed" | "peer", Record<string, never>>) => void;

/** What defining it says, without the positions, which move. */
function complaint(define: Define): string {
  return caught(() => choreography({ roles }, define).define());
}

function caught(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return `${error.code}: ${error.message.replaceAll(/\.test\.ts:\d+/g, ".test.ts:0")}`;
  }
  return "nothing";
}

describe("a definition", () => {
  it("runs its function once each time and none of the bodies [C1]", () => {
    const ran: string[] = [];
    const once = choreography({ roles }, (c) => {
      ran.push("definition");
      c.everyone("work", {}, () => ran.push("body"));
    });
    expect(ran).toEqual([]);
    once.define();
    expect(ran).toEqual(["definition"]);
  });

  it("gives the same data for the same parameters [C2]", () => {
    const counted = choreography(
      { params: z.object({ n: z.number().default(2) }), roles },
      (c) => void c.rounds("ping", c.params.n, (r) => r.barrier("round")),
    );
    const [first, again, other] = [
      counted.define(),
      counted.define({ n: 2 }),
      counted.define({ n: 3 }),
    ];
    expect(again.stages).toEqual(first.stages);
    expect(again.fingerprint).toBe(first.fingerprint);
    expect(other.fingerprint).not.toBe(first.fingerprint);
  });

  it("survives a JSON round trip of its roles and stages, all kinds of them [C3]", () => {
    const all = choreography({ roles: { ...roles, go: outside(2) } }, (c) => {
      const n = c.everyone("n", {}, () => 1, { timeout: 50 });
      c.connect("mesh", random(2), {}, ({ peer }) => peer.id);
      c.shape("slow", { latency: "20ms" });
      c.receive("told", "go", { topic: "told", schema: z.string() });
      const ns = c.exchange("ns", n);
      c.broadcast("first", "seed", n);
      c.gather("gathered", "peer", ["peer", "seed"], n);
      c.scatter(
        "dealt",
        "seed",
        "peer",
        c.run("list", "seed", {}, () => [1], { retry: {} }),
      );
      c.reduce("sum", "peer", n, (values) => values.length);
      c.waitFor("wait", c.signal("sign", { at: "seed" }));
      c.barrier("all");
      const yes = c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
      c.branch("if", yes, { then: (d) => d.barrier("met"), else: (d) => d.barrier("met") });
      c.repeat("again", { max: 2 }, () => ({ until: yes }));
      c.rounds("round", 2, (r) => r.run("use", "peer", { ns }, ({ ns }) => ns.size));
    }).define();
    const { roles: cast, stages } = all;
    expect(JSON.parse(JSON.stringify({ cast, stages }))).toEqual({ cast, stages });
    expect(new Set(stages.map(({ kind }) => kind)).size).toBe(15);
  });

  it("cannot be changed afterwards", () => {
    const { roles: cast, stages } = choreography({ roles }, (c) => c.barrier("a")).define();
    for (const part of [cast, cast.seed, stages, stages[0], stages[0]?.at]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("holds timeouts in milliseconds, five minutes unless given", () => {
    const timed = choreography({ roles, timeout: "90s", join: 250 }, (c) =>
      c.barrier("a", { timeout: "1.5s" }),
    );
    const { timeoutMs, joinMs, stages } = timed.define();
    expect([timeoutMs, joinMs, stages[0]?.timeoutMs]).toEqual([90_000, 250, 1_500]);
    expect(choreography({ roles }, () => undefined).options).toMatchObject({
      timeoutMs: 300_000,
      joinMs: 300_000,
    });
  });

  it("says where each stage is declared, whatever the length of the stack", () => {
    const { stages } = choreography({ roles }, (c) => {
      c.barrier("a");
      c.rounds("b", 1, (r) => {
        r.barrier("c");
      });
    }).define();
    const [a, b] = stages;
    const line = Number(a?.source?.split(":").at(-1));
    expect(a?.source).toMatch(/^packages\/dsl\/test\/definition\.test\.ts:\d+$/);
    expect(b?.source).toBe(`packages/dsl/test/definition.test.ts:${line + 1}`);
    const inner = b?.kind === "rounds" ? b.stages[0] : undefined;
    expect(inner?.source).toBe(`packages/dsl/test/definition.test.ts:${line + 2}`);
    expect(Error.stackTraceLimit).toBeGreaterThan(1);
  });

  it("keeps bodies and schemas by stage id", () => {
    const schema = z.number();
    const body = (): number => 1;
    const { bodies, schemas } = choreography({ roles }, (c) => {
      c.rounds("r", 1, (r) => void r.exchange("ns", r.everyone("n", {}, body), { schema }));
    }).define();
    expect([...bodies]).toEqual([["r/n", body]]);
    expect([...schemas]).toEqual([["r/ns", schema]]);
  });

  it("takes what is given for a parameter and the schema's default for the rest", () => {
    let seen: unknown;
    const parametrised = choreography(
      {
        params: z.object({ wait: duration().default("100ms"), n: z.number().default(3) }),
        roles: { leech: count("n"), seed: rest() },
      },
      (c) => {
        seen = c.params;
      },
    );
    expect(parametrised.define({ n: 7 }).roles.leech).toEqual({
      kind: "count",
      n: 7,
      param: "n",
      min: 1,
    });
    expect(seen).toEqual({ wait: "100ms", n: 7 });
  });

  it("refuses parameters that have neither, all at once", () => {
    const params = z.object({ a: z.number(), b: z.number().default(1), c: z.string() });
    expect(
      caught(() => choreography({ params, roles }, () => undefined).define({})),
    ).toMatchInlineSnapshot(
      `"bad-params: no value for parameter 'a', 'c': give one, or a default in the schema"`,
    );
  });
});

describe("a mistake that types cannot see", () => {
  it("is a name used twice, told with both positions [C4]", () => {
    expect(
      complaint((c) => {
        c.barrier("same");
        c.everyone("same", {}, () => 1);
      }),
    ).toMatchInlineSnapshot(
      `"duplicate-name: stage 'same' is declared twice, first at packages/dsl/test/definition.test.ts:0 and again at packages/dsl/test/definition.test.ts:0; give one of them another name"`,
    );
    const twice = choreography({ roles }, (c) => {
      c.barrier("same");
      c.everyone("same", {}, () => 1);
    });
    let lines: readonly number[] = [];
    try {
      twice.define();
    } catch (error) {
      lines = [...String(error).matchAll(/\.test\.ts:(\d+)/g)].map(([, line]) => Number(line));
    }
    expect(lines).toEqual([lines[0], (lines[0] ?? 0) + 1]);
  });

  it("is a name that another becomes inside rounds", () => {
    expect(
      complaint((c) => {
        c.barrier("ping/round");
        c.rounds("ping", 2, (r) => r.barrier("round"));
      }),
    ).toMatchInlineSnapshot(
      `"duplicate-name: stage 'ping/round' is declared twice, first at packages/dsl/test/definition.test.ts:0 and again at packages/dsl/test/definition.test.ts:0; give one of them another name"`,
    );
  });

  it.each(["", "/a", "a/", "a//b", "a#1", "@end", "a:b", "a b", "a\n", "a/.."])(
    "is the stage name %j",
    (name) => {
      expect(complaint((c) => c.barrier(name))).toContain("bad-name: a stage at ");
      expect(complaint((c) => c.barrier(name))).toContain(JSON.stringify(name));
    },
  );

  it("is not a name of letters of any language, digits and - _ . between slashes", () => {
    expect(complaint((c) => c.barrier("phase-2/größe_max.v1"))).toBe("nothing");
  });

  it("is a handle of another choreography, or of an earlier run of the same [C5]", () => {
    const leaked: Ref<number, "seed" | "peer">[] = [];
    const leak = (c: Scope<typeof roles, "seed" | "peer", unknown>): void => {
      for (const handle of leaked.splice(0)) c.everyone("use", { handle }, () => 1);
      leaked.push(c.everyone("give", {}, () => 1));
    };
    expect(complaint(leak)).toBe("nothing");
    expect(complaint(leak)).toMatchInlineSnapshot(
      `"foreign-handle: stage 'use' (packages/dsl/test/definition.test.ts:0): need 'handle' comes from 'give' (packages/dsl/test/definition.test.ts:0) of another choreography, or of another run of this definition; use what the scope at hand returned"`,
    );
  });

  it("is a round's handle used after the rounds [C5]", () => {
    expect(
      complaint((c) => {
        let escaped: Ref<number, "peer"> | undefined;
        c.rounds("ping", 2, (r) => {
          escaped = r.run("rtt", "peer", {}, () => 1);
        });
        if (escaped) c.run("use", "peer", { rtt: escaped }, () => 1);
      }),
    ).toMatchInlineSnapshot(
      `"ended-scope: stage 'use' (packages/dsl/test/definition.test.ts:0): need 'rtt' comes from 'ping/rtt' (packages/dsl/test/definition.test.ts:0), inside rounds 'ping', which have ended; return it from their function and use the list that rounds() returns"`,
    );
  });

  it("is an outer scope used inside rounds", () => {
    expect(
      complaint((c) => void c.rounds("ping", 2, () => c.barrier("round"))),
    ).toMatchInlineSnapshot(
      `"ended-scope: stage 'round' (packages/dsl/test/definition.test.ts:0) is declared on the scope of the choreography while the stages of rounds 'ping' are being declared; use the scope that the inner function is given"`,
    );
  });

  it("is a decision by what differs from instance to instance, behind a cast", () => {
    const unknownTo = (value: unknown): never => value as never;
    const own = (c: Scope<typeof roles, "seed" | "peer", unknown>) =>
      c.everyone("coin", {}, () => true);
    const said = [
      complaint((c) => void c.branch("if", unknownTo(own(c)), { then: () => undefined })),
      complaint((c) => void c.branch("if", unknownTo(true), { then: () => undefined })),
      complaint((c) => {
        const seeds = c.gather(
          "seeds",
          "seed",
          "seed",
          c.run("n", "seed", {}, () => true),
        );
        c.branch("if", unknownTo(seeds), { then: () => undefined });
      }),
      complaint((c) => void c.repeat("r", { max: 2 }, (r) => ({ until: unknownTo(own(r)) }))),
      complaint((c) => void c.repeat("r", { max: 2 }, () => unknownTo(undefined))),
      complaint((c) => void c.repeat("r", { max: 0 }, () => unknownTo({}))),
      complaint((c) => void c.repeat("r", unknownTo({}), () => unknownTo({}))),
    ];
    expect(
      said.join("\n").replaceAll(" (packages/dsl/test/definition.test.ts:0)", ""),
    ).toMatchInlineSnapshot(`
      "not-agreed: stage 'if': what decides it comes from 'coin', where every instance has its own; make it the same at all with broadcast(), reduce() or exchange()
      not-a-handle: stage 'if': what decides it is a boolean; it must be what a stage with a value returned
      out-of-reach: stage 'if': what decides it comes from 'seeds', which gives it to 'seed', not to 'peer'
      not-agreed: stage 'r': until, which ends it, comes from 'r/coin', where every instance has its own; make it the same at all with broadcast(), reduce() or exchange()
      not-a-handle: stage 'r': until, which ends it, is undefined; it must be what a stage with a value returned
      bad-rounds: stage 'r': max, the most rounds it may have, is 0: write a whole number, 1 or more
      bad-rounds: stage 'r': max, the most rounds it may have, is undefined: write a whole number, 1 or more"
    `);
  });

  it("is a handle of an arm or of a repeat used after it, or in the other arm [C5]", () => {
    let kept: Ref<number, "seed" | "peer"> | undefined;
    const keep = (c: Scope<typeof roles, "seed" | "peer", unknown>): void => {
      kept = c.everyone("n", {}, () => 1);
    };
    const use = (c: Scope<typeof roles, "seed" | "peer", unknown>): void => {
      if (kept) c.everyone("use", { kept }, () => 1);
    };
    const yes = (
      c: Scope<typeof roles, "seed" | "peer", unknown>,
    ): Agreed<boolean, "seed" | "peer"> =>
      c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
    const said = [
      complaint((c) => {
        c.branch("if", yes(c), { then: keep });
        use(c);
      }),
      complaint((c) => void c.branch("if", yes(c), { then: keep, else: use })),
      complaint((c) => {
        c.repeat("r", { max: 2 }, (r) => {
          keep(r);
          return { until: yes(r) };
        });
        use(c);
      }),
    ];
    expect(
      said.join("\n").replaceAll(" (packages/dsl/test/definition.test.ts:0)", ""),
    ).toMatchInlineSnapshot(`
      "ended-scope: stage 'use': need 'kept' comes from 'if/then/n', inside 'then' of branch 'if', which has ended; return a value from both arms and use what branch() returns
      ended-scope: stage 'if/else/use': need 'kept' comes from 'if/then/n', inside 'then' of branch 'if', which has ended; return a value from both arms and use what branch() returns
      ended-scope: stage 'use': need 'kept' comes from 'r/n', inside repeat 'r', which has ended; return it as the value of its function and use the list that repeat() returns"
    `);
  });

  it("is a role outside among, its scope used after it, or an outer scope inside it", () => {
    let kept: { barrier(name: string): void } | undefined;
    const said = [
      complaint((c) => void c.among("peer", (d) => d.run("a", "seed" as "peer", {}, () => 1))),
      complaint((c) => void c.among("pear" as "peer", () => undefined)),
      complaint((c) => void c.among([], () => undefined)),
      complaint((c) => void c.among("peer", () => c.barrier("a"))),
      complaint((c) => {
        c.among("peer", (d) => {
          kept = d;
        });
        kept?.barrier("late");
      }),
      complaint((c) => {
        c.barrier("same");
        c.among("peer", (d) => d.barrier("same"));
      }),
      complaint((c) => {
        const n = c.among("peer", (d) => d.everyone("n", {}, () => 1));
        c.everyone("use", { n: n as never }, () => 1);
      }),
      complaint((c) => void c.among("peer", (async () => 1) as unknown as () => number)),
    ];
    expect(
      said.join("\n").replaceAll(" (packages/dsl/test/definition.test.ts:0)", ""),
    ).toMatchInlineSnapshot(`
      "unknown-role: stage 'a': role 'seed' takes no part in among 'peer'; those that do: 'peer'
      unknown-role: among(): there is no role 'pear'; the roles are 'seed', 'peer'
      unknown-role: among(): it names no role; name one, or more
      ended-scope: stage 'a' is declared on the scope of the choreography while the stages of among 'peer' are being declared; use the scope that the inner function is given
      ended-scope: stage 'late' is declared on the scope of among 'peer', whose function has returned; declare stages while it runs
      duplicate-name: stage 'same' is declared twice, first at packages/dsl/test/definition.test.ts:0 and again at packages/dsl/test/definition.test.ts:0; give one of them another name
      out-of-reach: stage 'use': need 'n' comes from 'n', which gives it to 'peer', not to 'seed'
      async-definition: among(): a definition cannot be async: put awaits inside stage bodies"
    `);
  });

  it("is a scope used after its function has returned", () => {
    let kept: { barrier(name: string): void } | undefined;
    choreography({ roles }, (c) => {
      kept = c;
    }).define();
    expect(caught(() => kept?.barrier("late"))).toMatchInlineSnapshot(
      `"ended-scope: stage 'late' (packages/dsl/test/definition.test.ts:0) is declared on the scope of the choreography, whose function has returned; declare stages while it runs"`,
    );
    expect(
      complaint((c) => {
        c.rounds("ping", 1, (r) => {
          kept = r;
        });
        kept?.barrier("late");
      }),
    ).toMatchInlineSnapshot(
      `"ended-scope: stage 'ping/late' (packages/dsl/test/definition.test.ts:0) is declared on the scope of rounds 'ping', whose function has returned; declare stages while it runs"`,
    );
  });

  it("is an async definition that a cast lets through, whose promise harms nobody [C6]", async () => {
    const late = async (c: { barrier(name: string): void }): Promise<void> => {
      c.barrier("a");
      await Promise.resolve();
      c.barrier("b");
    };
    expect(complaint(late as unknown as Define)).toMatchInlineSnapshot(
      `"async-definition: choreography: a definition cannot be async: put awaits inside stage bodies"`,
    );
    // An unhandled rejection would fail the test run.
    await new Promise(setImmediate);
  });

  it("is an async function of rounds that a cast lets through", () => {
    const body = async (): Promise<void> => undefined;
    expect(
      complaint((c) => void c.rounds("ping", 2, body as unknown as () => undefined)),
    ).toMatchInlineSnapshot(
      `"async-definition: stage 'ping' (packages/dsl/test/definition.test.ts:0): a definition cannot be async: put awaits inside stage bodies"`,
    );
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("is %d rounds", (times) => {
    const said = complaint((c) => void c.rounds("ping", times, () => undefined));
    expect(said).toContain(`the number of rounds is ${times}: write a whole number, 0 or more`);
  });

  it("is not a count of no rounds", () => {
    expect(complaint((c) => void c.rounds("ping", 0, () => undefined))).toBe("nothing");
  });

  it("is an ill-formed duration", () => {
    expect(complaint((c) => c.barrier("a", { timeout: "-5s" }))).toMatchInlineSnapshot(
      `"bad-duration: stage 'a' (packages/dsl/test/definition.test.ts:0): timeout '-5s' is not a duration: write milliseconds as a number, or '250ms', '30s', '5m', '1h'; the longest is 24 days"`,
    );
    expect(complaint((c) => c.barrier("a", { timeout: 0 }))).toMatchInlineSnapshot(
      `"bad-duration: stage 'a' (packages/dsl/test/definition.test.ts:0): timeout must be more than 0; leave it out for none"`,
    );
    expect(
      caught(() => choreography({ roles, timeout: "999h" }, () => undefined)),
    ).toMatchInlineSnapshot(
      `"bad-duration: option timeout '999h' is not a duration: write milliseconds as a number, or '250ms', '30s', '5m', '1h'; the longest is 24 days"`,
    );
  });

  it("is a retry or a concurrency that makes no sense", () => {
    const options: readonly BodyOptions[] = [
      { retry: { attempts: 0 } },
      { retry: { attempts: 1.5 } },
      { retry: { within: 0 } },
      { retry: { backoff: "5s..200ms" } },
      { retry: { backoff: "5s" as never } },
      { retry: { backoff: "1s..2s..3s" as never } },
      { retry: { backoff: "1s..soon" as never } },
      { concurrency: 0 },
      { concurrency: "1" as never },
    ];
    const said = options.map((each) => complaint((c) => void c.everyone("a", {}, () => 1, each)));
    expect(
      said.join("\n").replaceAll(" (packages/dsl/test/definition.test.ts:0)", ""),
    ).toMatchInlineSnapshot(`
      "bad-option: stage 'a': retry.attempts is 0: write a whole number, 1 or more
      bad-option: stage 'a': retry.attempts is 1.5: write a whole number, 1 or more
      bad-duration: stage 'a': retry.within must be more than 0; leave it out for none
      bad-option: stage 'a': retry.backoff '5s..200ms' ends before it begins: write the shortest pause first
      bad-option: stage 'a': retry.backoff '5s' is not two durations: write the shortest pause and the longest, '200ms..5s'
      bad-option: stage 'a': retry.backoff '1s..2s..3s' is not two durations: write the shortest pause and the longest, '200ms..5s'
      bad-duration: stage 'a': retry.backoff 'soon' is not a duration: write milliseconds as a number, or '250ms', '30s', '5m', '1h'; the longest is 24 days
      bad-option: stage 'a': concurrency is 0: write a whole number, 1 or more
      bad-option: stage 'a': concurrency is 1: write a whole number, 1 or more"
    `);
  });

  it("is a handle used as a number or a text", () => {
    expect(
      complaint((c) => {
        const n = c.everyone("n", {}, () => 1);
        c.barrier(`after-${n}`);
      }),
    ).toMatchInlineSnapshot(
      `"not-a-handle: what stage 'n' returns is used as a value in the definition; name it among the needs of a body to read its value there"`,
    );
  });

  it("is what a cast passes off as a handle, a signal or a role", () => {
    const unknownTo = (value: unknown): never => value as never;
    const said = [
      complaint((c) => void c.everyone("a", { n: unknownTo(7) }, () => 1)),
      complaint((c) => c.waitFor("a", unknownTo(c.everyone("n", {}, () => 1)))),
      complaint((c) => void c.exchange("a", unknownTo(c.signal("s")))),
      complaint((c) => void c.run("a", unknownTo("pear"), {}, () => 1)),
      complaint((c) => void c.run("a", [], {}, () => 1)),
      complaint((c) => {
        const mine: Agreed<number, "seed"> = unknownTo(c.run("n", "seed", {}, () => 1));
        c.everyone("use", { n: unknownTo(mine) }, () => 1);
      }),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "not-a-handle: stage 'a' (packages/dsl/test/definition.test.ts:0): need 'n' is a number; it must be what a stage with a value returned
      not-a-handle: stage 'a' (packages/dsl/test/definition.test.ts:0): what it waits for is a stage's value; it must be what signal() returned
      not-a-handle: stage 'a' (packages/dsl/test/definition.test.ts:0): the value it sends is a signal; it must be what a stage with a value returned
      unknown-role: stage 'a' (packages/dsl/test/definition.test.ts:0): there is no role 'pear'; the roles are 'seed', 'peer'
      unknown-role: stage 'a' (packages/dsl/test/definition.test.ts:0): it names no role; name one, or more
      out-of-reach: stage 'use' (packages/dsl/test/definition.test.ts:0): need 'n' comes from 'n', which gives it to 'seed', not to 'peer'"
    `);
  });

  it("is a set of roles that no instances can fill", () => {
    const pass = (): void => undefined;
    const said = [
      caught(() => choreography({ roles: {} }, pass)),
      caught(() => choreography({ roles: { a: rest(), b: rest({ min: 0 }) } }, pass)),
      caught(() => choreography({ roles: { size: one() } }, pass)),
      caught(() => choreography({ roles: { "1": one() } }, pass)),
      caught(() => choreography({ roles: { a: "one" as never } }, pass)),
      caught(() => count(2.5)),
      caught(() => group("g", { min: -1 })),
      caught(() => {
        const params = z.object({ n: z.number().default(0.5) });
        choreography({ params, roles: { a: count("n") } }, pass).define();
      }),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "bad-role: a choreography needs a role: declare one, or more
      bad-role: roles 'a', 'b' are all rest(): only one can be, as it takes everybody left
      bad-name: role 'size' has the name of a roster's own member; call it something else
      bad-name: a role is named "1": a name is letters, digits, '-' and '_', and begins with a letter
      bad-role: role 'a' is not a role: make it with one(), count(), percent(), sample(), group(), where(), rest() or outside()
      bad-role: count(2.5) must be a whole number, 0 or more
      bad-role: min -1 of a role must be a whole number, 0 or more
      bad-role: role 'a' is counted by parameter 'n', which is 0.5: it must be a whole number, 0 or more"
    `);
  });
});
