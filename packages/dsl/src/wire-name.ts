import { DefinitionError } from "./definition-error.ts";

/** A Testground state or topic, which instances in every language know by one name. */
export type Wire = "state" | "topic";

/** Half of what stores take, so that the number of a round fits too. */
const MAX_BYTES = 256;
const SHOWN = 40;
const ROUND = "{round}";

/** What the SDKs and the sidecar signal and publish themselves. */
const generated: Readonly<Record<Wire, RegExp>> = {
  state: /^(?:initialized_global$|initialized_group_|network-initialized$)/,
  topic: /^network:/,
};

interface WireUse {
  /** Begins the complaint. */
  readonly title: string;
  /** Whether the stage is visited more than once. */
  readonly isRepeated: boolean;
}

/** @throws DefinitionError `"bad-name"`. */
export function checkWireName(wire: Wire, name: unknown, use: WireUse): string {
  const fault = faultOf(wire, name, use);
  if (fault === undefined && typeof name === "string") return name;
  const shown = typeof name === "string" && name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
  throw new DefinitionError("bad-name", `${use.title}: ${wire} ${JSON.stringify(shown)} ${fault}`);
}

/**
 * The name in this round: `{round}` stands for the round as journals have it, from 1, `2.1` in rounds inside others.
 *
 * @param rounds indices from 0, the outermost first.
 */
export function wireNameIn(name: string, rounds: readonly number[]): string {
  return name.replaceAll(ROUND, rounds.map((index) => index + 1).join("."));
}

function faultOf(wire: Wire, name: unknown, { isRepeated }: WireUse): string | undefined {
  if (typeof name !== "string" || name === "") return "must be a text that is not empty";
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_BYTES) return `takes ${bytes} bytes; ${MAX_BYTES} is the limit`;
  if (/\p{Cc}/u.test(name)) return "has control characters, which do not survive everywhere";
  if (generated[wire].test(name)) return "is one that Testground uses itself; choose another";
  if (isRepeated && !name.includes(ROUND)) {
    return `would be used again in every round; make it another with ${ROUND}, such as "${name}-${ROUND}"`;
  }
  if (!isRepeated && name.includes(ROUND)) return `has ${ROUND}, but is in no rounds`;
  return undefined;
}
