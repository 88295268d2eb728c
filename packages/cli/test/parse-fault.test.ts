import { describe, expect, it } from "vitest";
import { parseFault } from "../src/simulate/parse-fault.ts";

describe("a fault on the command line", () => {
  it.each([
    ["crash:peer@dial", { type: "crash", who: "peer", at: "dial" }],
    ["throw:3@ping/rtt#2", { type: "throw", who: 3, at: "ping/rtt#2" }],
    ["hang:peer@dial", { type: "hang", who: "peer", at: "dial" }],
    ["restart:peer@dial+2s", { type: "restart", who: "peer", at: "dial", after: "2s" }],
    ["slow:peer*1.5", { type: "slow", who: "peer", factor: 1.5 }],
    ["late:1+5s", { type: "late", who: 1, by: "5s" }],
    ["cut:peer@1.5s..4s", { type: "cut", who: "peer", from: "1.5s", to: "4s" }],
    ["resend:0.5", { type: "resend", share: 0.5 }],
  ])("%s is that fault", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it.each(["", "crash", "crash:peer", "crsh:peer@dial", "slow:peer", "resend:much"])(
    "%j is refused with all that could be written",
    (text) => {
      expect(() => parseFault(text)).toThrow(/is none: write crash:peer@dial/);
    },
  );
});
