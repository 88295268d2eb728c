import { describe, expect, it } from "vitest";
import { groundplan } from "./groundplan.ts";

const pingPong = "plans/ping-pong.ts";
const pings = ["plans/patterns/rounds.ts", "--case", "pings"];

describe("groundplan simulate", () => {
  it("says what a run came to, in virtual time", async () => {
    const { code, stdout } = await groundplan(["simulate", pingPong, "-n", "4"]).finished;
    expect(stdout).toMatch(/^ok: 4 instances, [\d.]+ m?s of virtual time, \d+ events\n$/);
    expect(code).toBe(0);
  });

  it("ends with 1 for a run that fails, and says with which seed it does so again", async () => {
    const args = ["simulate", ...pings, "-n", "4", "--seed", "7", "--fault", "crash:3@ping"];
    const { code, stdout } = await groundplan(args).finished;
    expect(stdout).toMatch(/^failed: #3 \(node\) died: .*again with --seed 7\)\n$/);
    expect(code).toBe(1);
  });

  it("ends with 1 for a run that is stuck", async () => {
    const args = ["simulate", pingPong, "-n", "3", "--store", "counters"];
    const { code, stdout } = await groundplan([...args, "--fault", "crash:2@@end"]).finished;
    expect(stdout).toMatch(/^stuck: nothing can happen any more: /);
    expect(code).toBe(1);
  });

  it("goes through seeds", async () => {
    const args = ["simulate", ...pings, "-n", "3", "--seeds", "5", "--seed", "10"];
    const { code, stdout } = await groundplan(args).finished;
    expect(stdout).toMatch(/^ok: 5 seeds from 10, up to [\d.]+ s of virtual time\n$/);
    expect(code).toBe(0);
  });

  it("prints what a fault in each stage leads to", async () => {
    const { code, stdout } = await groundplan(["simulate", pingPong, "-n", "3", "--sweep"])
      .finished;
    expect(stdout).toMatch(/^stage +role +fault +verdict +what happened\n@roster /);
    expect(stdout).toMatch(/^@end +\w+ +crash +aborts /m);
    expect(code).toBe(0);
  });

  it("refuses a fault that is none with 2", async () => {
    const { code, stderr } = await groundplan(["simulate", pingPong, "--fault", "crash"]).finished;
    expect(stderr).toContain("--fault crash is none");
    expect(code).toBe(2);
  });
});
