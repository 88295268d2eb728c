import {
  castRoles,
  choreography,
  count,
  describeCast,
  fits,
  minimumInstances,
  one,
  outside,
  percent,
  rest,
  type Scope,
  type Stage,
  shapeOf,
} from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const roles = { seed: one(), peer: rest(), go: outside(3) };
type Define = (c: Scope<typeof roles, "seed" | "peer", Record<string, never>>) => void;

function stagesOf(define: Define): readonly Partial<Stage>[] {
  const { stages } = choreography({ roles }, define).define();
  return stages.map(({ source: _source, ...stage }) => stage);
}

function refusal(define: Define): string {
  try {
    stagesOf(define);
  } catch (error) {
    return String(error).replaceAll(/ \([^()]*:\d+\)/g, "");
  }
  return "accepted";
}

describe("roles of outside instances", () => {
  const { roles: data } = choreography({ roles }, (c) => c.barrier("met")).define();
  const entries = [1, 2, 3].map((seq) => ({ seq, group: "ts" }));

  test("are not cast, and get no ids", () => {
    const cast = castRoles(data, entries);
    expect(cast.members.map(({ id, role }) => `#${id} ${role}`)).toEqual([
      "#1 seed",
      "#2 peer",
      "#3 peer",
    ]);
    expect(describeCast(cast)).toBe("seed = 1 (#1)   peer = 2 (#2..#3)   go = 3 (outside)");
  });

  test("count among the instances a run needs, and fit into those of its groups", () => {
    expect(minimumInstances(data)).toBe(5);
    const ranges = { seed: { first: 1, size: 1 }, peer: { first: 2, size: 2 } };
    expect(fits(data, { go: 3, ts: 3 })).toMatchObject(ranges);
    expect(fits(data, { a: 3, b: 3 })).toMatchObject(ranges);
    expect(fits(data, { single: 6 })).toMatchObject(ranges);
    expect(() => fits(data, { single: 2 })).toThrow(
      "3 instances are outside the choreography, but there are only 2 in all",
    );
  });

  test("leave shares to be shares of the instances here", () => {
    const half = { a: percent(50), b: percent(50), go: outside(10) };
    const { roles: shares } = choreography({ roles: half }, (c) => c.barrier("met")).define();
    expect(fits(shares, { go: 10, ts: 4 })).toMatchObject({ a: { size: 2 }, b: { size: 2 } });
  });

  test("are counted by a parameter, which may be 0", () => {
    const params = z.object({ gophers: z.number().default(2) });
    const found = choreography({ params, roles: { a: one(), go: outside("gophers") } }, (c) =>
      c.barrier("met", { at: ["a", "go"], state: "met" }),
    );
    expect(found.define().roles["go" as "a"]).toEqual({ kind: "outside", n: 2, param: "gophers" });
    expect(minimumInstances(found.define({ gophers: 0 }).roles)).toBe(1);
    expect(found.define({ gophers: 0 }).fingerprint).not.toBe(found.define().fingerprint);
  });

  test("cannot be all there are", () => {
    expect(() => choreography({ roles: { go: outside(1) } }, () => {})).toThrow(
      "a choreography needs a role: declare one, or more that are not outside()",
    );
    expect(() => outside(-1)).toThrow("outside(-1) must be a whole number, 0 or more");
  });

  test("stand in the shape that instances compare", () => {
    const found = choreography({ roles }, (c) => {
      const addr = c.everyone("addr", {}, () => "a");
      c.exchange("addrs", addr, { topic: "addresses" });
      c.barrier("up", { at: ["seed", "peer", "go"], state: "all-up" });
    });
    expect(shapeOf(found.define())).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      @go outside * {"n":3}
      addr run * {"needs":{}}
      addrs exchange * {"from":"seed,peer,go","to":"*","topic":"addresses","value":"addr"}
      up barrier seed,peer,go {"state":"all-up"}"
    `);
  });
});

describe("wire names as data", () => {
  test("are of signals and barriers, of exchanges and broadcasts, and of what is received", () => {
    const stages = stagesOf((c) => {
      const addr = c.everyone("addr", {}, () => "a");
      c.exchange("addrs", addr, { topic: "addresses" });
      c.broadcast("first", "seed", addr, { topic: "first" });
      c.receive("config", "go", { topic: "config", schema: z.string() });
      const ready = c.signal("ready", { at: ["seed", "go"], state: "ready" });
      c.waitFor("some", ready, { at: "peer", atLeast: "50%" });
      c.barrier("up", { at: ["peer", "go"], state: "up", target: 7 });
    });
    expect(stages.slice(1)).toMatchInlineSnapshot(`
      [
        {
          "at": [
            "seed",
            "peer",
          ],
          "from": [
            "seed",
            "peer",
            "go",
          ],
          "id": "addrs",
          "kind": "exchange",
          "to": [
            "seed",
            "peer",
          ],
          "topic": "addresses",
          "value": "addr",
        },
        {
          "at": [
            "seed",
            "peer",
          ],
          "from": [
            "seed",
          ],
          "id": "first",
          "kind": "broadcast",
          "to": [
            "seed",
            "peer",
          ],
          "topic": "first",
          "value": "addr",
        },
        {
          "at": [
            "seed",
            "peer",
          ],
          "from": [
            "go",
          ],
          "id": "config",
          "kind": "receive",
          "topic": "config",
        },
        {
          "at": [
            "seed",
            "go",
          ],
          "id": "ready",
          "kind": "signal",
          "state": "ready",
        },
        {
          "at": [
            "peer",
          ],
          "atLeast": "50%",
          "id": "some",
          "kind": "wait",
          "signal": "ready",
        },
        {
          "at": [
            "peer",
            "go",
          ],
          "id": "up",
          "kind": "barrier",
          "state": "up",
          "target": 7,
        },
      ]
    `);
  });

  test("in rounds have the number of the round in them", () => {
    const [rounds] = stagesOf((c) => {
      c.rounds("r", 2, (r) => r.barrier("b", { state: "b-{round}" }));
    });
    expect(rounds).toMatchObject({ stages: [{ state: "b-{round}" }] });
  });

  test("are refused where they say nothing, collide, or would be used twice", () => {
    const said = [
      refusal((c) => c.barrier("b", { state: "" })),
      refusal((c) => c.barrier("b", { state: "ü".repeat(129) })),
      refusal((c) => c.barrier("b", { state: "a\nb" })),
      refusal((c) => c.barrier("b", { state: "initialized_global" })),
      refusal((c) => {
        c.receive("x", "go", { topic: "network:host", schema: z.string() });
      }),
      refusal((c) => {
        c.signal("a", { state: "ready" });
        c.barrier("b", { state: "ready" });
      }),
      refusal((c) => {
        c.rounds("r", 2, (r) => r.barrier("b", { state: "b" }));
      }),
      refusal((c) => c.barrier("b", { state: "b-{round}" })),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "DefinitionError: stage 'b': state "" must be a text that is not empty
      DefinitionError: stage 'b': state "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…" takes 258 bytes; 256 is the limit
      DefinitionError: stage 'b': state "a\\nb" has control characters, which do not survive everywhere
      DefinitionError: stage 'b': state "initialized_global" is one that Testground uses itself; choose another
      DefinitionError: stage 'x': topic "network:host" is one that Testground uses itself; choose another
      DefinitionError: stage 'b': state 'ready' belongs to stage 'a' already; give one of them another name
      DefinitionError: stage 'r/b': state "b" would be used again in every round; make it another with {round}, such as "b-{round}"
      DefinitionError: stage 'b': state "b-{round}" has {round}, but is in no rounds"
    `);
  });

  test("may be the same for a state and a topic, which are different things", () => {
    const stages = stagesOf((c) => {
      c.receive("x", "go", { topic: "x", schema: z.string() });
      c.barrier("b", { state: "x" });
    });
    expect(stages).toHaveLength(2);
  });

  test("are needed where outside instances are to be met, who can do nothing else", () => {
    const pick = (role: string) => role as "seed";
    const said = [
      refusal((c) => c.barrier("b", { at: ["seed", "go"] })),
      refusal((c) => {
        c.signal("s", { at: "go" });
      }),
      refusal((c) => c.barrier("b", { at: "go", state: "b" })),
      refusal((c) => c.barrier("b", { target: 3 })),
      refusal((c) => c.barrier("b", { state: "b", target: 1.5 })),
      refusal((c) => {
        c.run("x", pick("go"), {}, () => 1);
      }),
      refusal((c) => {
        c.receive("x", pick("peer") as unknown as "go", { topic: "x", schema: z.string() });
      }),
      refusal((c) => {
        c.waitFor("w", c.signal("s"), { atLeast: 0 });
      }),
      refusal((c) => {
        c.waitFor("w", c.signal("s"), { atLeast: "101%" });
      }),
    ];
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "DefinitionError: stage 'b': 'go' is outside and can only signal a state; name it with { state }
      DefinitionError: stage 's': 'go' is outside and can only signal a state; name it with { state }
      DefinitionError: stage 'b': nobody here waits at it; name a role that is not outside too
      DefinitionError: stage 'b': a target counts a state; name the state, or leave it out
      DefinitionError: stage 'b': target is 1.5: write a whole number, 1 or more
      DefinitionError: stage 'x': the instances of role 'go' are outside this choreography and cannot do this
      DefinitionError: stage 'x': it receives from 'peer', which takes part itself; use exchange() or gather()
      DefinitionError: stage 'w': atLeast is 0: write a whole number, 1 or more, or a share such as "90%"
      DefinitionError: stage 'w': atLeast is "101%": write a whole number, 1 or more, or a share such as "90%""
    `);
  });

  test("cannot tell the values of two outside roles apart in one roster", () => {
    const two = { a: count(1), go: outside(1), rust: outside(1) };
    const found = choreography({ roles: two }, (c) => {
      const addr = c.everyone("addr", {}, () => "a");
      c.exchange("addrs", addr, { topic: "addresses" });
    });
    expect(() => found.define()).toThrow(
      "values on a topic do not say whether 'go', 'rust' gave them; read those of each role with receive()",
    );
  });
});
