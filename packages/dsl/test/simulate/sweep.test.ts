import { choreography, one, rest } from "@groundplan/dsl";
import { simulate, sweep } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { verdictOn } from "../../src/simulate/verdict.ts";
import { churning, dialling } from "./simple-plans.ts";

describe("a sweep", () => {
  it("aborts the run for a crash in any stage, from the roster to the end", async () => {
    const { rows } = await sweep(dialling, { instances: 4 });
    expect(rows.map(({ stage, role, verdict }) => `${stage} ${role} ${verdict}`)).toEqual(
      expect.arrayContaining([
        "@roster seed aborts",
        "listen seed aborts",
        "dial peer aborts",
        "ping/round peer aborts",
        "@end seed aborts",
        "@end peer aborts",
      ]),
    );
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(["aborts"]));
  });

  it("finds that a role that can lose one tolerates it", async () => {
    const { rows } = await sweep(churning, { instances: 5 });
    const byRole = (role: string): ReadonlySet<string> =>
      new Set(
        rows
          .filter((row) => row.role === role && row.stage !== "@roster")
          .map(({ verdict }) => verdict),
      );
    expect(byRole("node")).toEqual(new Set(["tolerated"]));
    expect(byRole("hub")).toEqual(new Set(["aborts"]));
  });

  it("finds that a body without a timeout hangs the run, and one with a timeout aborts it", async () => {
    const plan = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
      c.run("open", "seed", {}, () => {});
      c.run("dial", "peer", {}, () => {}, { timeout: "5s" });
    });
    const { rows, text } = await sweep(plan, { instances: 3, fault: "hang" });
    expect(rows.map(({ stage, verdict }) => [stage, verdict])).toEqual(
      expect.arrayContaining([
        ["open", "hangs"],
        ["dial", "aborts"],
      ]),
    );
    expect(rows).toHaveLength(2);
    expect(text.split("\n")[0]).toMatch(/^stage +role +fault +verdict +what happened$/);
  });

  it("calls a fault unnoticed where the run ends as if there had been none", async () => {
    expect(verdictOn(await simulate(dialling, { instances: 3 }))).toBe("unnoticed");
  });

  it("refuses a plan that fails by itself", async () => {
    const plan = choreography({ roles: { all: rest() } }, (c) => {
      c.everyone("fail", {}, () => {
        throw new Error("no luck");
      });
    });
    await expect(sweep(plan, { instances: 2 })).rejects.toMatchObject({
      code: "fails-without-faults",
      message: expect.stringContaining("no luck"),
    });
  });
});
