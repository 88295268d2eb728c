const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i;
/** Between digits, as in Go's own numbers. */
const UNDERSCORE = /(?<=\d)_(?=\d)|(?<=0x[\da-f_]*)_(?=[\da-f])/gi;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** A number the way Go's `strconv.ParseFloat` reads it, at 64 bits; `undefined` for what it refuses. */
export function parseGoFloat(text: string): number | undefined {
  const [, sign, digits] = INFINITE.exec(text) ?? [];
  if (digits !== undefined || sign !== undefined) {
    return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (/^[+-]?nan$/i.test(text)) return /^[+-]/.test(text) ? undefined : Number.NaN;
  const plain = text.replaceAll(UNDERSCORE, "");
  const value = DECIMAL.test(plain) ? Number(plain) : hexadecimal(plain);
  // Out of range is an error there, too.
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function hexadecimal(text: string): number | undefined {
  const [, sign = "", whole = "", fraction = "", exponent = ""] = HEXADECIMAL.exec(text) ?? [];
  if (whole + fraction === "") return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}
