/** A metric's name and the tags it carries. */
export interface TaggedName {
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  /** What stands where a tag should and is none. */
  readonly invalid: readonly string[];
}

/** InfluxDB keeps these keys for itself, and refuses a point that uses one. */
const RESERVED = new Set(["time", "_field", "_measurement"]);

/** Takes `name,tag=value,tag=value` apart. Of two tags with one key, the last counts. */
export function taggedName(text: string): TaggedName {
  const [name = "", ...parts] = text.split(",");
  const tags = new Map<string, string>();
  const invalid: string[] = [];
  for (const part of parts) {
    const [key = "", value = "", ...rest] = part.split("=");
    const isTag = key !== "" && value !== "" && rest.length === 0 && !RESERVED.has(key);
    if (isTag) tags.set(key, value);
    else invalid.push(part);
  }
  return { name, tags, invalid };
}
