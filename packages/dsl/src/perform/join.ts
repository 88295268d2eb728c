import type { Namespace, Wait } from "@groundplan/sync";
import { z } from "zod";
import type { ParamValue } from "../roles.ts";
import { seconds } from "./blame.ts";
import { entriesNow } from "./entries-now.ts";
import type { Shared } from "./shared.ts";
import { StageError } from "./stage-error.ts";

export const ROSTER = "@roster";
const LOG = { kind: "own", name: ROSTER } as const;
const SHAPES = "shapes";

/** What an instance says of itself when it joins. */
export interface JoinEntry {
  /** The instance's number among all, from 1, in the order of arrival: its name until ids are known. */
  readonly seq: number;
  readonly group: string;
  readonly groupSize: number;
  readonly ordinal?: number | undefined;
  readonly host: string;
  readonly fingerprint: string;
  /** Its process, where the store sees processes die. */
  readonly crew?: string | undefined;
  /** Its own values of the parameters that roles choose by; left out where none do. */
  readonly params?: Readonly<Record<string, ParamValue>> | undefined;
}

const schema: z.ZodType<JoinEntry> = z.object({
  seq: z.number(),
  group: z.string(),
  groupSize: z.number(),
  ordinal: z.number().optional(),
  host: z.string(),
  fingerprint: z.string(),
  crew: z.string().optional(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

interface Joining {
  readonly namespace: Namespace;
  readonly entry: JoinEntry;
  /** How many there are to be, without those outside. */
  readonly instances: number;
  readonly outside: number;
  /** The definition's stages in brief, for telling two versions of a plan apart. */
  readonly shape: string;
  readonly shared: Shared;
}

/** Enters the instance in the roster and waits until all have; resolves with the entries of all. */
export async function joinRoster(joining: Joining, wait: Wait): Promise<readonly JoinEntry[]> {
  const { namespace, entry, instances, outside, shared } = joining;
  if (instances < 1) {
    throw new StageError(
      "roles-do-not-fit",
      ROSTER,
      `${outside} of ${instances + outside} instances are outside the choreography, so that nobody is left to perform it: is TEST_INSTANCE_COUNT right?`,
    );
  }
  await shareShape(joining, wait);
  const requestId = `${entry.seq}`;
  const position = await namespace.logs.append(LOG, JSON.stringify(entry), { ...wait, requestId });
  if (position > instances) {
    throw new StageError(
      "surplus-instance",
      ROSTER,
      `the run has its ${instances} instances already${outside === 0 ? "" : `, besides ${outside} outside`}, and this is number ${position}: is TEST_INSTANCE_COUNT right, and the run id new?`,
    );
  }
  try {
    const entries = await namespace.logs.collect(LOG, instances, wait);
    return shared.once(ROSTER, () => entries.map(parse));
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const present = (await entriesNow(namespace, LOG, 2_000)).map(parse);
    throw new StageError("join-timeout", ROSTER, describeAbsent(present, joining, wait), {
      cause: error,
    });
  }
}

/** The shape of the plan that instances with another fingerprint run, if the store has it. */
export async function shapeBehind(
  namespace: Namespace,
  fingerprint: string,
): Promise<string | undefined> {
  if (!namespace.store.features.has("records")) return undefined;
  const shapes = await namespace.records.read(SHAPES, { timeoutMs: 5_000 });
  const json = shapes.get(fingerprint)?.json;
  return json === undefined ? undefined : z.string().parse(JSON.parse(json));
}

const told = new WeakMap<Namespace, Set<string>>();

/** Once a process and version: it is long, and the same for all. */
async function shareShape({ namespace, entry, shape }: Joining, wait: Wait): Promise<void> {
  const known = told.get(namespace) ?? new Set();
  told.set(namespace, known);
  if (known.has(entry.fingerprint) || !namespace.store.features.has("records")) return;
  known.add(entry.fingerprint);
  await namespace.records.write(SHAPES, { [entry.fingerprint]: JSON.stringify(shape) }, wait);
}

function parse({ json }: { readonly json: string }): JoinEntry {
  return schema.parse(JSON.parse(json));
}

function describeAbsent(
  present: readonly JoinEntry[],
  { instances, outside }: Joining,
  { timeoutMs = 0 }: Wait,
): string {
  const sizes = new Map(present.map(({ group, groupSize }) => [group, groupSize]));
  const incomplete = [...sizes].flatMap(([group, size]) => {
    const there = present.filter((entry) => entry.group === group);
    return there.length < size ? [describeGroup(group, size, there)] : [];
  });
  // Groups of outside instances announce nothing, and are not waited for.
  const unseen =
    outside > 0 ? 0 : instances - [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const nobody = unseen > 0 ? [`other groups, ${unseen} in all, have nobody`] : [];
  return `${present.length} of ${instances} instances have started after ${seconds(timeoutMs)}: ${[...incomplete, ...nobody].join("; ")}`;
}

/** By ordinals, where the runner gave each instance one. */
function describeGroup(group: string, size: number, there: readonly JoinEntry[]): string {
  const text = `group '${group}' has ${there.length} of ${size}`;
  const ordinals = new Set(there.map(({ ordinal }) => ordinal));
  const absent = Array.from({ length: size }, (_, n) => n).filter((n) => !ordinals.has(n));
  if (absent.length !== size - there.length) return text;
  const more = absent.length > 10 ? ` and ${absent.length - 10} more` : "";
  return `${text} (without ${absent.slice(0, 10).join(", ")}${more})`;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "timeout";
}
