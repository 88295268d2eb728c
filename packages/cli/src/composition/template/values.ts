/** What a template works with: what TOML has, whole numbers apart from others, and nothing at all. */
export type Value = unknown;

/** Go's truth: nothing, zero and what is empty are false. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

export function isMap(value: Value): value is Readonly<Record<string, Value>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** As Go prints it. */
export function print(value: Value): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(print).join(" ")}]`;
  if (!isMap(value)) return value instanceof Date ? value.toISOString() : String(value);
  const entries = Object.keys(value).sort();
  return `map[${entries.map((key) => `${key}:${print(value[key])}`).join(" ")}]`;
}

/** What a message calls it. */
export function kindOf(value: Value): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a table";
  if (typeof value === "bigint") return "a whole number";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
