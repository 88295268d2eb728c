import { choreography, group, one, percent, rest, where } from "@groundplan/dsl";
import { draw, drawSvg } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { everything, mixed, shaped } from "./example-plans.ts";

describe("draw() for Mermaid", () => {
  it("gives a lifeline to each role, and a frame to rounds, repeats and arms [C72]", () => {
    expect(draw(everything.define(), "sequence")).toMatchSnapshot();
  });

  it("draws what instances outside give and what all wait for", () => {
    expect(draw(mixed.define(), "sequence")).toMatchInlineSnapshot(`
      "sequenceDiagram
        participant r1 as seed – one
        participant r2 as peer – rest
        participant r3 as go – 2 outside
        participant store as store
        Note over r1: name – run
        Note over r2: name – run
        r1->>store: ready – signal on ready
        r3->>store: ready – signal on ready
        store-->>r2: are-ready – wait
        r1->>store: names – exchange on names
        r2->>store: names – exchange on names
        r3->>store: names – exchange on names
        store-->>r1: names – exchange on names
        store-->>r2: names – exchange on names
        r3->>store: config – receive on config
        store-->>r1: config – receive on config
        store-->>r2: config – receive on config
        Note over r1: use – run
        Note over r2: use – run
        Note over r1,r3: up – barrier on up"
    `);
  });

  it("draws the order of stages, and the values that go from one to another", () => {
    expect(draw(everything.define(), "flow")).toMatchSnapshot();
    expect(draw(shaped.define(), "flow")).toMatchInlineSnapshot(`
      "flowchart TD
        s1(["slow<br/>shape latency 100ms, loss 1 · all"])
        subgraph s2["again<br/>2 rounds"]
          s3(["slower<br/>shape computed · half"])
          s4(["slowed<br/>barrier · half"])
          s3 --> s4
        end
        s1 --> s2"
    `);
  });

  it("says how the instances of a role are chosen, and how many must survive", () => {
    const found = choreography(
      {
        params: z.object({ kind: z.string().default("a") }),
        roles: {
          boss: one({ group: "bosses" }),
          some: group("some", { atLeast: "90%" }),
          share: percent(25, { atLeast: 3 }),
          a: where({ kind: "a" }),
          others: rest({ min: 0 }),
        },
      },
      (c) => c.barrier("up"),
    );
    expect(draw(found.define(), "sequence")).toMatchInlineSnapshot(`
      "sequenceDiagram
        participant r1 as boss – one of bosses
        participant r2 as some – group some, 90#37; survive
        participant r3 as share – 25 #37;, 3 survive
        participant r4 as a – kind = a
        participant r5 as others – rest
        participant store as store
        Note over r1,r5: up – barrier"
    `);
  });

  it("keeps names that mean something to Mermaid from breaking it", () => {
    const found = choreography({ roles: { end: one(), style: rest() } }, (c) => {
      c.barrier("end", { state: 'is "it"; 100 % #1 <b>' });
      c.rounds("loop", 0, (r) => r.barrier("alt"));
      c.rounds("empty", 3, () => {});
    });
    expect(draw(found.define(), "sequence")).toMatchInlineSnapshot(`
      "sequenceDiagram
        participant r1 as end – one
        participant r2 as style – rest
        participant store as store
        Note over r1,r2: end – barrier on is #34;it#34;#59; 100 #37; #35;1 #60;b#62;
        loop loop – 0 rounds
          Note over r1,r2: alt – barrier
        end
        loop empty – 3 rounds
        end"
    `);
    expect(draw(found.define(), "flow")).toMatchInlineSnapshot(`
      "flowchart TD
        s1(["end<br/>barrier on is #34;it#34;#59; 100 #37; #35;1 #60;b#62; · all"])
        subgraph s2["loop<br/>0 rounds"]
          s3(["alt<br/>barrier · all"])
        end
        subgraph s4["empty<br/>3 rounds"]
          s4none[" "]
        end
        s1 --> s2
        s2 --> s4"
    `);
  });
});

describe("drawSvg()", () => {
  it("is one picture with all names in it, and nothing from elsewhere", () => {
    for (const kind of ["sequence", "flow"] as const) {
      const svg = drawSvg(everything.define(), kind);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]+>.*<\/svg>\n$/s);
      expect(svg).not.toMatch(/href|url\(|@import|<script/);
      for (const name of ["figure", "mesh", "enough", "twice", "until-done", "among-these"]) {
        expect(svg).toContain(`>${name}</text>`);
      }
    }
  });

  it("is the same for the same definition", () => {
    expect(drawSvg(shaped.define(), "sequence")).toBe(drawSvg(shaped.define(), "sequence"));
    expect(drawSvg(shaped.define(), "flow")).toMatchSnapshot();
  });

  it("escapes what XML would read otherwise", () => {
    const found = choreography({ roles: { node: rest() } }, (c) => {
      c.barrier("up", { state: '<b> & "it"' });
    });
    expect(drawSvg(found.define(), "flow")).toContain("barrier on &#60;b&#62; &#38; &#34;it&#34;");
  });
});
