import type { Definition, Scope } from "@groundplan/dsl";
import { choreography, count, firstDifference, one, rest, shapeOf } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

const roles = { seed: one(), peer: rest() };
type C = Scope<typeof roles, "seed" | "peer", Record<string, never>>;

function defined(define: (c: C) => void): Definition {
  return choreography({ roles }, define).define();
}

function stages<RM, P>(c: Scope<RM, "seed" | "peer", P>): void {
  const addr = c.everyone("addr", {}, () => "a");
  const addrs = c.exchange("addrs", addr);
  c.run("dial", "peer", { addrs }, () => 1);
  c.rounds("ping", 3, (r) => r.barrier("round"));
}

const mine = defined(stages);

/** Other versions of it, each unlike in one way. */
const versions: Readonly<Record<string, Definition>> = {
  "another stage of the same name": defined((c) => {
    c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.barrier("dial");
    c.rounds("ping", 3, (r) => r.barrier("round"));
  }),
  "another role at a stage": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "seed", { addrs }, () => 1);
    c.rounds("ping", 3, (r) => r.barrier("round"));
  }),
  "another need": defined((c) => {
    c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "peer", {}, () => 1);
    c.rounds("ping", 3, (r) => r.barrier("round"));
  }),
  "another number of rounds": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "peer", { addrs }, () => 1);
    c.rounds("ping", 5, (r) => r.barrier("round"));
  }),
  "another number at a time": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a", { concurrency: 3 }),
    );
    c.run("dial", "peer", { addrs }, () => 1);
    c.rounds("ping", 3, (r) => r.barrier("round"));
  }),
  "a stage fewer": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "peer", { addrs }, () => 1);
    c.rounds("ping", 3, () => undefined);
  }),
  "a stage more": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "peer", { addrs }, () => 1);
    c.rounds("ping", 3, (r) => r.barrier("round"));
    c.barrier("end");
  }),
  "a stage after the rounds, not in them": defined((c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("addr", {}, () => "a"),
    );
    c.run("dial", "peer", { addrs }, () => 1);
    c.rounds("ping", 3, () => undefined);
    c.barrier("ping/round");
  }),
  "other names": defined((c) => {
    c.barrier("start");
  }),
  "roles in another order": choreography({ roles: { peer: rest(), seed: one() } }, stages).define(),
  "another kind of role": choreography({ roles: { seed: one(), peer: count(2) } }, stages).define(),
  "another least size": choreography(
    { roles: { seed: one(), peer: rest({ min: 2 }) } },
    stages,
  ).define(),
};

describe("versions that decide on their way", () => {
  const deciding = (max: number, arm: string): Definition =>
    defined((c) => {
      const yes = c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
      c.repeat("again", { max }, () => ({ until: yes }));
      c.branch("if", yes, { then: (d) => d.barrier("met"), else: (d) => d.barrier(arm) });
    });

  it("are told apart by the most rounds, and by what is in an arm", () => {
    const own = shapeOf(deciding(3, "not"));
    expect(deciding(4, "not").fingerprint).not.toBe(deciding(3, "not").fingerprint);
    expect(deciding(3, "never").fingerprint).not.toBe(deciding(3, "not").fingerprint);
    expect(firstDifference(own, shapeOf(deciding(4, "not")))).toBe(
      "first difference at stage 3 'again' (repeat with max 4, here 3)",
    );
    expect(firstDifference(own, shapeOf(deciding(3, "never")))).toBe(
      "first difference at stage 6: 'if/else/never' (barrier), here 'if/else/not' (barrier)",
    );
  });

  it("are lines of text, those of both arms inside their branch", () => {
    expect(shapeOf(deciding(3, "not"))).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      ask run seed {"needs":{}}
      yes broadcast * {"from":"seed","to":"*","value":"ask"}
      again repeat * {"max":3,"until":"yes"}
      if branch * {"on":"yes"}
       if/then/met barrier *
       if/else/not barrier *"
    `);
  });
});

describe("two versions of a plan", () => {
  it("have no difference if only bodies, timeouts, retries and positions differ", () => {
    const same = defined((c) => {
      const addrs = c.exchange(
        "addrs",
        c.everyone("addr", {}, () => "b"),
        { timeout: "5s" },
      );

      c.run("dial", "peer", { addrs }, () => 2, { retry: {} });
      c.rounds("ping", 3, (r) => r.barrier("round", { timeout: 10 }));
    });
    expect(same.fingerprint).toBe(mine.fingerprint);
    expect(firstDifference(shapeOf(mine), shapeOf(same))).toBeUndefined();
  });

  it.each(Object.entries(versions))("have other fingerprints by %s", (_way, theirs) => {
    expect(theirs.fingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(theirs.fingerprint).not.toBe(mine.fingerprint);
  });

  it("have other fingerprints by the order of roles alone, which ids follow", () => {
    const atSeed = <RM, P>(c: Scope<RM, "seed" | "peer", P>): void =>
      c.barrier("a", { at: "seed" });
    const swapped = choreography({ roles: { peer: rest(), seed: one() } }, atSeed).define();
    expect(swapped.fingerprint).not.toBe(defined(atSeed).fingerprint);
  });

  it("are told where they first differ", () => {
    const said = Object.values(versions).map((theirs) =>
      firstDifference(shapeOf(mine), shapeOf(theirs)),
    );
    expect(said.join("\n")).toMatchInlineSnapshot(`
      "first difference at stage 3 'dial' (barrier, here run at peer)
      first difference at stage 3 'dial' (run at seed, here run at peer)
      first difference at stage 3 'dial' (run at peer with needs {}, here {"addrs":"addrs"})
      first difference at stage 4 'ping' (rounds with times 5, here 3)
      first difference at stage 1 'addr' (run with concurrency 3, here unset)
      first difference at stage 5: nothing, here 'ping/round' (barrier)
      first difference at stage 6: 'end' (barrier), here nothing
      first difference at stage 5 'ping/round' (barrier on its own, here barrier inside another stage)
      first difference at stage 1: 'start' (barrier), here 'addr' (run)
      first difference at role 1: 'peer' (rest), here 'seed' (one)
      first difference at role 2 'peer' (count, here rest)
      first difference at role 2 'peer' (rest with min 2, here 1)"
    `);
  });

  it("are told the same from the other side", () => {
    for (const theirs of Object.values(versions)) {
      const [there, here] = [shapeOf(theirs), shapeOf(mine)];
      const place = (text: string | undefined): string | undefined =>
        /(role|stage) \d+/.exec(text ?? "")?.[0];
      expect(place(firstDifference(there, here))).toBe(place(firstDifference(here, there)));
      expect(place(firstDifference(there, here))).toBeDefined();
    }
  });

  it("can be told apart whatever the other sends", () => {
    const shape = shapeOf(mine);
    expect(firstDifference(shape, "")).toContain("first difference at role 1: nothing");
    expect(firstDifference(shape, "\u0000 not a shape {")).toContain("first difference at role 1");
    expect(firstDifference(shape, shape.replace(/\{"needs.*/, "{not JSON"))).toContain(
      "first difference at stage 1 'addr'",
    );
  });

  it("travel as less than a hundred bytes a stage", () => {
    expect(shapeOf(mine).length).toBeLessThan(100 * 7);
  });
});
