const perUnitMs: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };
const perUnitBits: Readonly<Record<string, number>> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** What a sidecar counts in is microseconds, 32 bits of them. */
const LONGEST_MS = (2 ** 32 - 1) / 1e3;
/** A byte a second: the kernel counts in those. */
const LEAST_BITS = 8;

/** A duration in whole nanoseconds; undefined if it is none, or none that a sidecar can apply. */
export function nanoseconds(duration: unknown): number | undefined {
  const ms =
    typeof duration === "number" ? duration : amount(duration, /^(.+?)(ms|s|m|h)$/, perUnitMs);
  return ms >= 0 && ms <= LONGEST_MS ? Math.round(ms * 1e6) : undefined;
}

/** A bandwidth in whole bits a second; undefined if it is none. */
export function bitsPerSecond(bandwidth: unknown): number | undefined {
  const bits = Math.round(amount(bandwidth, /^(.+?)([kmg]bit)$/, perUnitBits));
  return bits >= LEAST_BITS && Number.isSafeInteger(bits) ? bits : undefined;
}

function amount(text: unknown, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  const [, count = "", unit = ""] = pattern.exec(typeof text === "string" ? text : "") ?? [];
  return /^\d+(\.\d+)?$/.test(count) ? Number(count) * (units[unit] ?? Number.NaN) : Number.NaN;
}
