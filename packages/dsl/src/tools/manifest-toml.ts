/** What a value of a manifest can be. */
export type TomlValue =
  | string
  | number
  | boolean
  | readonly TomlValue[]
  | { readonly [key: string]: TomlValue };

/** `key = value`. */
export function tomlLine(key: string, value: TomlValue): string {
  return `${tomlKey(key)} = ${tomlText(value)}`;
}

/** `# …` for each line of a text. */
export function tomlComment(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => `# ${line.replace(/\p{Cc}/gu, " ")}`.trimEnd())
    .join("\n");
}

/** A key as it stands in a table's name or before `=`. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

function tomlText(value: TomlValue): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return numeral(value);
  if (typeof value === "boolean") return String(value);
  if (isArray(value)) return `[${value.map(tomlText).join(", ")}]`;
  const fields = Object.entries(value).map(([key, each]) => tomlLine(key, each));
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function isArray(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** A basic string takes JSON's escapes, but no half of a pair, and wants the delete character escaped as well. */
function quoted(text: string): string {
  const whole = text.replace(/\p{Surrogate}/gu, "\ufffd");
  return JSON.stringify(whole).replaceAll("\u007f", "\\u007f");
}

/** A whole number beyond 64 bits, which TOML's integers are, is written as a float. */
function numeral(value: number): string {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return `${value}`;
  return value.toExponential();
}
