import { randomUUID } from "node:crypto";
import { belongsToRun, metaKey } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { Calls } from "./calls.ts";
import { RedisConnection } from "./connection.ts";
import { RETIRE_OLD } from "./old-run-scripts.ts";
import { asNumber } from "./reply.ts";

export interface OldRunsOptions extends Wait {
  /** Milliseconds since a run was first opened, by the clock of Redis. */
  readonly olderThanMs: number;
  /** Says what would be removed, and removes nothing; `false` unless given. */
  readonly dryRun?: boolean;
}

export interface OldRun {
  /** What all of its keys have in their names: `run:<run>:plan:<plan>:case:<case>`. */
  readonly base: string;
  readonly ageMs: number;
  /** How many keys it had. */
  readonly keys: number;
}

export interface OldRuns {
  /** Where, without user and password. */
  readonly store: string;
  readonly removed: readonly OldRun[];
  /** How many runs are younger. */
  readonly younger: number;
}

/**
 * Removes the runs in a Redis that were first opened longer ago than `olderThanMs`, whether or not they are still in
 * use: who is at work in one learns that its state is lost. A run is known by its `gp:meta`; keys of none, such as those
 * that only instances of other SDKs wrote, are left alone. Rejects as `RedisStore.connect` does.
 */
export async function removeOldRuns(url: string, options: OldRunsOptions): Promise<OldRuns> {
  const connection = await RedisConnection.open(url, options);
  const calls = new Calls(() => connection.failure);
  const late = (ms: number): string => `${connection.name}: not done within ${ms} ms`;
  try {
    return await calls.run(options, late, (stop) => sweep(connection, options, stop));
  } finally {
    await connection.close();
  }
}

async function sweep(
  connection: RedisConnection,
  { olderThanMs, dryRun = false }: OldRunsOptions,
  stop: AbortSignal,
): Promise<OldRuns> {
  const { ages, younger } = await retire(connection, olderThanMs, dryRun, stop);
  // Each has its meta, which goes last, so that who opens the run meanwhile learns that its state is lost.
  const keys = new Map([...ages.keys()].map((base) => [base, 1]));
  const take = async (base: string, some: readonly string[]): Promise<void> => {
    const known = keys.get(base);
    if (known === undefined) return;
    keys.set(base, known + (dryRun ? some.length : await connection.unlink(some)));
  };
  const runOf = runFinder([...ages.keys(), ...younger]);
  for await (const batch of ages.size === 0 ? [] : connection.scan("*run:*")) {
    stop.throwIfAborted();
    for (const [base, some] of groupBy(batch, runOf)) await take(base, some);
  }
  if (!dryRun) for (const base of ages.keys()) await connection.unlink([metaKey(base)]);
  const removed = [...ages].map(([base, ageMs]) => ({ base, ageMs, keys: keys.get(base) ?? 0 }));
  return { store: connection.name, removed, younger: younger.size };
}

/** The runs that are old, each with its age, whose clients can do nothing any more; and the others. */
async function retire(
  connection: RedisConnection,
  olderThanMs: number,
  dryRun: boolean,
  stop: AbortSignal,
): Promise<{ ages: ReadonlyMap<string, number>; younger: ReadonlySet<string> }> {
  const ages = new Map<string, number>();
  const younger = new Set<string>();
  for await (const metas of connection.scan(`${metaKey("")}run:*`)) {
    for (const meta of metas) {
      stop.throwIfAborted();
      const base = meta.slice(metaKey("").length);
      const epoch = dryRun ? "" : randomUUID();
      const reply = await connection.run(RETIRE_OLD, [meta], [epoch, olderThanMs]);
      const age = asNumber(reply[1]);
      if (reply[2] === 1) ages.set(base, age);
      else if (age >= 0) younger.add(base);
    }
  }
  return { ages, younger };
}

/** Finds the run of a key without trying each run. Of those whose names could both be meant, the longer is. */
function runFinder(bases: readonly string[]): (key: string) => string | undefined {
  const byStart = new Map<string, string[]>();
  for (const base of [...bases].sort((a, b) => b.length - a.length)) {
    const start = startOf(base);
    byStart.set(start, [...(byStart.get(start) ?? []), base]);
  }
  return (key) => byStart.get(startOf(key))?.find((base) => belongsToRun(base, key));
}

/** The name of the run, as far as its first colon. */
function startOf(key: string): string {
  return /(?:^|:)run:([^:]*)/.exec(key)?.[1] ?? "";
}

/** Without those that hold an epoch. */
function groupBy(
  keys: readonly string[],
  runOf: (key: string) => string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const base = key.startsWith(metaKey("")) ? undefined : runOf(key);
    if (base === undefined) continue;
    const group = groups.get(base) ?? [];
    groups.set(base, group);
    group.push(key);
  }
  return groups;
}
