const BINARY = 1024;
const DECIMAL = 1000;
/** The prefixes in order: each multiplies once more. */
const PREFIXES = "kmgtpe";
const AMOUNT = /^(\d+\.?\d*|\.\d+)$/;
const LIMIT = 2 ** 64;

/**
 * Bytes of a size the way go-humanize reads it: `10KiB`, `2 MB`, `1.5g`, `1,024`; `undefined` for anything else.
 * `k`, `KB` and the like are powers of 1000, `Ki` and `KiB` of 1024.
 */
export function parseGoSize(text: string): number | undefined {
  const [amount = ""] = /^[\d.,]*/.exec(text) ?? [];
  const factor = factorOf(text.slice(amount.length).trim().toLowerCase());
  const digits = amount.replaceAll(",", "");
  if (factor === undefined || !AMOUNT.test(digits)) return undefined;
  const bytes = Math.trunc(Number(digits) * factor);
  return bytes < LIMIT ? bytes : undefined;
}

function factorOf(unit: string): number | undefined {
  if (unit === "" || unit === "b") return 1;
  const [, prefix = "", binary = ""] = /^([kmgtpe])(i?)b?$/.exec(unit) ?? [];
  const power = PREFIXES.indexOf(prefix) + 1;
  if (prefix === "") return undefined;
  return (binary === "" ? DECIMAL : BINARY) ** power;
}
