/** A point as InfluxDB 1.8 takes it. */
export interface InfluxPoint {
  readonly measurement: string;
  /** Those with an empty value are left out. */
  readonly tags: ReadonlyMap<string, string>;
  /** The names of fields need no escapes. Texts are numbers already spelled as the protocol wants them. */
  readonly fields: Readonly<Record<string, number | string>>;
  /** Nanoseconds since 1970; the server's time unless given. */
  readonly ts?: string;
}

/** A line of the line protocol, without its line feed. */
export function influxLine({ measurement, tags, fields, ts }: InfluxPoint): string {
  const key = [escaped(measurement, MEASUREMENT)];
  const sorted = [...tags].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, value] of sorted) {
    if (value !== "") key.push(`${escaped(name, /[,= ]/g)}=${escaped(value, /[,= ]/g)}`);
  }
  const values = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const line = `${key.join(",")} ${values.join(",")}`;
  return ts === undefined ? line : `${line} ${ts}`;
}

/** An integer, which InfluxDB keeps apart from other numbers. */
export function influxInteger(value: number): string {
  return `${value}i`;
}

/** In measurements, InfluxDB takes a backslash before the last two for an escape, although they need none. */
const MEASUREMENT = /[, ]|(?<=\\)[="]/g;

/**
 * The protocol has no way to write control characters, and takes a backslash at the end for an escape of what follows:
 * they become `_`.
 */
function escaped(text: string, special: RegExp): string {
  return text.replace(UNWRITABLE, "_").replace(special, "\\$&");
}

const UNWRITABLE = /\p{Cc}|\\$/gu;
