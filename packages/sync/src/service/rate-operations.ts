import type { Rates } from "../atoms/rates.ts";
import type { Operations } from "./calls.ts";
import { optionalNumberIn, textIn, wholeIn } from "./fields.ts";

export function rateOperations(rates: Rates): Operations {
  return {
    "rates.configure": (call) => {
      const { used } = call;
      return rates.configure(textIn(call, "name"), {
        requestId: textIn(call, "requestId"),
        intervalUs: wholeIn(call, "intervalUs"),
        burst: wholeIn(call, "burst"),
        used: used === "keep" || used === "drop" ? used : undefined,
      });
    },
    "rates.reserve": (call) =>
      rates.reserve(textIn(call, "name"), {
        requestId: textIn(call, "requestId"),
        permits: wholeIn(call, "permits"),
        maxWaitMs: optionalNumberIn(call, "maxWaitMs"),
      }),
    "rates.refund": (call) => rates.refund(textIn(call, "name"), textIn(call, "requestId")),
  };
}
