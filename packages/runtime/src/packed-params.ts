import { listFaults, RuntimeError } from "./runtime-error.ts";

/** The text a runner passes for a parameter that is declared without a default. */
const NO_DEFAULT = "null";

/**
 * Unpacks `k=v|k2=v2`. Reads what Testground's SDKs read, and what they lose: a value may hold `=`, and may hold `|`
 * where what follows it up to the next `|` has no `=`. A parameter whose text is `null` has no value and is absent.
 */
export function unpackParams(packed: string): Readonly<Record<string, string>> {
  const pairs: [name: string, text: string][] = [];
  for (const segment of packed.split("|")) {
    const at = segment.indexOf("=");
    const last = pairs.at(-1);
    if (at >= 0) pairs.push([segment.slice(0, at), segment.slice(at + 1)]);
    else if (last !== undefined) last[1] += `|${segment}`;
  }
  const params = Object.fromEntries(pairs);
  return Object.freeze(
    Object.fromEntries(Object.entries(params).filter(([, text]) => text !== NO_DEFAULT)),
  );
}

/**
 * Packs parameters as `TEST_INSTANCE_PARAMS` carries them: `k=v|k2=v2`, in the order given.
 *
 * The format has no escaping, so what would be read back differently is refused: an empty name, a name with `=` or
 * `|`, a value in which some `|` is followed by a `=`, the value `null`, and the character NUL anywhere.
 * Instances built with Testground's own SDKs lose values with `=` or `|` all the same.
 *
 * @throws {@link RuntimeError} `bad-params`, naming every parameter that cannot be packed.
 */
export function formatParams(params: Readonly<Record<string, string>>): string {
  const entries = Object.entries(params);
  const faults = entries.flatMap(([name, text]) => nameFaults(name).concat(textFaults(name, text)));
  if (faults.length > 0) {
    throw new RuntimeError(
      "bad-params",
      listFaults("these parameters cannot be passed to an instance:", faults),
    );
  }
  return entries.map(([name, text]) => `${name}=${text}`).join("|");
}

function nameFaults(name: string): string[] {
  if (name === "") return ["a parameter has an empty name"];
  if (/[=|\0]/.test(name)) return [`the name ${JSON.stringify(name)} contains '=', '|' or NUL`];
  return [];
}

function textFaults(name: string, text: string): string[] {
  const value = `the value ${JSON.stringify(text)} of '${name}'`;
  if (text.includes("\0")) return [`${value} contains NUL`];
  if (text === NO_DEFAULT) return [`${value} would be read as no value`];
  if (/\|.*=/s.test(text)) {
    return [`${value} has '=' after '|' and would be read as another parameter`];
  }
  return [];
}
