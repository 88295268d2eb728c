import { parseGoDuration } from "./go-duration.ts";
import { parseGoFloat } from "./go-float.ts";

/** How often a second, of a rate the way Testground writes it: `100/s`, `0.5/m`, `500/5m`; `undefined` for anything else. */
export function parseGoRate(text: string): number | undefined {
  const [quantity = "", interval, ...rest] = text.split("/");
  if (interval === undefined || rest.length > 0) return undefined;
  const amount = parseGoFloat(quantity);
  const every = interval.trim();
  // An interval that does not begin with a digit is one of it, so `/.5s` means 1.5 seconds.
  const ms = parseGoDuration(/^\d/.test(every) ? every : `1${every}`);
  if (amount === undefined || Number.isNaN(amount) || ms === undefined || ms <= 0) return undefined;
  return (amount * 1_000) / ms;
}
