import { choreography, count, one, outside, rest } from "@groundplan/dsl";
import { simulate } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { dialling } from "./simple-plans.ts";

describe("stubs", () => {
  it("stand in for bodies, with what those would be given", async () => {
    const { outcome, value } = await simulate(dialling, {
      instances: 3,
      stubs: {
        listen: () => 80,
        dial: async ({ addr, me }) => {
          await me.sleep("1h");
          return Number(addr) * me.id;
        },
      },
      params: {},
      faults: [],
    });
    expect(outcome).toBe("failed");
    expect(value("listen", 1)).toBe(80);
  });

  it("give the values that the stages after them use", async () => {
    const { outcome, value } = await simulate(dialling, {
      instances: 3,
      stubs: { listen: () => 80, dial: ({ addr, me }) => Number(addr) * me.id },
    });
    expect(outcome).toBe("ok");
    expect(value("dial", 3)).toBe(240);
    expect([...(value("ports", 1) as Iterable<number>)]).toEqual([160, 240]);
  });

  it("for what has no body are refused", async () => {
    await expect(
      simulate(dialling, { instances: 3, stubs: { addr: () => 1 } }),
    ).rejects.toMatchObject({ code: "bad-option", stage: "addr" });
  });
});

describe("outside instances", () => {
  const plan = choreography({ roles: { hub: one(), node: count(1), go: outside(2) } }, (c) => {
    c.receive("ports", "go", { topic: "ports", schema: z.number() });
  });

  it("publish what they are said to", async () => {
    const { outcome, value } = await simulate(plan, {
      instances: 4,
      outside: { ports: (index) => 9000 + index },
    });
    expect(outcome).toBe("ok");
    expect([...(value("ports", 1) as readonly number[])].sort()).toEqual([9000, 9001]);
  });

  it("must be said what to publish", async () => {
    await expect(simulate(plan, { instances: 4 })).rejects.toMatchObject({ code: "bad-option" });
  });
});

describe("parameters and groups", () => {
  it("are those of the options", async () => {
    const counted = choreography(
      {
        params: z.object({ seeds: z.number().default(1) }),
        roles: { seed: count("seeds"), peer: rest() },
      },
      (c) => {
        c.run("read", "seed", {}, ({ me }) => [me.group, me.env.intParam("seeds")]);
      },
    );
    const { outcome, instances, value } = await simulate(counted, {
      groups: { a: 2, b: 3 },
      params: { seeds: 2 },
    });
    expect(outcome).toBe("ok");
    expect(instances.map(({ member }) => member.role)).toEqual([
      "seed",
      "seed",
      "peer",
      "peer",
      "peer",
    ]);
    expect(value("read", 1)).toEqual(["a", 2]);
  });
});
