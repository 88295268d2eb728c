const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const TERM = /(\d+\.?\d*|\.\d+)([^\d.]+)/gy;
const SIGN = /^[+-]/;
const LONGEST_NS = 2n ** 63n - 1n;

/** Milliseconds of a duration the way Go writes it (`1h30m`, `200ms`, `1.5s`, `-2us`, `0`); `undefined` for anything else. */
export function parseGoDuration(text: string): number | undefined {
  const amount = text.replace(SIGN, "");
  const nanoseconds = amount === "0" ? 0n : sumOf(amount);
  if (nanoseconds === undefined || nanoseconds > LONGEST_NS) return undefined;
  return Number(text.startsWith("-") ? -nanoseconds : nanoseconds) / 1e6;
}

function sumOf(text: string): bigint | undefined {
  let sum = 0n;
  let end = 0;
  for (const [term, amount = "", unit = ""] of text.matchAll(TERM)) {
    const scale = UNIT_NS[unit];
    if (scale === undefined) return undefined;
    const [whole = "", fraction = ""] = amount.split(".");
    sum += BigInt(whole) * scale + (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    end += term.length;
  }
  return end > 0 && end === text.length ? sum : undefined;
}
