import type { Rates } from "../atoms/rates.ts";
import { SyncError } from "../error.ts";
import { rateKey } from "../keys.ts";
import { checkName } from "../limits.ts";
import { until } from "./namespace-waits.ts";

/** A year: longer than any run, and still exact in microseconds. */
const LONGEST_BURST_US = 365 * 24 * 60 * 60 * 1_000_000;

/** Rates of one run, by name: arguments are checked, and closing ends the calls. */
export function bindRates(rates: Rates, base: string, closing: AbortSignal): Rates {
  const full = (name: string): string => {
    checkName("rate", name);
    return rateKey(base, name);
  };
  return {
    async configure(name, setting) {
      checkPositive(`rate "${name}": the interval in microseconds`, setting.intervalUs);
      checkPositive(`rate "${name}": the burst`, setting.burst);
      checkBurst(name, setting.intervalUs * setting.burst);
      return until(closing, setting, (s) => rates.configure(full(name), s));
    },
    async reserve(name, reservation) {
      checkPositive(`rate "${name}": the number of permits`, reservation.permits);
      return until(closing, reservation, (r) => rates.reserve(full(name), r));
    },
    refund: (name, requestId, wait = {}) =>
      until(closing, wait, (w) => rates.refund(full(name), requestId, w)),
  };
}

function checkPositive(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new SyncError("range", `${what} is ${value}; it must be a whole number, 1 or more`);
}

function checkBurst(name: string, us: number): void {
  if (us <= LONGEST_BURST_US) return;
  throw new SyncError("range", `rate "${name}": a burst lasts ${us / 1e6} s; a year is the limit`);
}
