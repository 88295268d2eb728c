import type { CounterKey, Counters, Namespace } from "../atoms/store.ts";
import { untilBroken } from "../barriers/fail-fast.ts";
import { MissingMembersError, SyncError } from "../error.ts";
import { checkName } from "../limits.ts";
import { linkSignals } from "../on-abort.ts";
import { remaining, type Wait } from "../wait.ts";

/** Those whom a barrier waits for by name, and what it does when one of them dies before it signals. */
export type Members = StrictMembers | FailFastMembers;

interface StrictMembers {
  readonly members: readonly string[];
  /** Waits on: another process may yet signal under the name. The default. */
  readonly policy?: "strict" | undefined;
}

interface FailFastMembers {
  readonly members: readonly string[];
  /**
   * Rejects with a `BrokenBarrierError` as soon as a member that has not signalled is down in the membership: within the
   * time to live of its session and a heartbeat of another.
   */
  readonly policy: "failFast";
  /** The name of the `Membership` that the members join. Who has not joined is waited for. */
  readonly membership: string;
}

export interface SignalOptions extends Wait {
  /** Who signals, for barriers that wait for members. */
  readonly member?: string | undefined;
}

/** How long a wait that is over may still take to say who is missing. */
const ASK_MS = 500;

/** A member's signal: its name is what makes it count once. */
export function requestIdOf(member: string): string {
  checkName("member", member);
  return `member:${member}`;
}

/** Waits until all of them have signalled, or, failing fast, until one cannot any more. */
export async function reachMembers(
  { counters, groups }: Namespace,
  key: CounterKey,
  target: Members,
  wait: Wait,
): Promise<void> {
  if (target.policy !== "failFast") return reachAll(counters, key, target.members, wait);
  const { members, membership } = target;
  const settled = new AbortController();
  const link = linkSignals([wait.signal, settled.signal]);
  const { signal } = link;
  const missing = (): Promise<readonly string[]> => missingOf(counters, key, members, { signal });
  const state = `state "${key.name}"`;
  const broken = untilBroken({ groups, membership, state, members, missing }, { signal });
  const reached = reachAll(counters, key, members, { ...wait, signal });
  try {
    await Promise.race([reached, broken]);
  } finally {
    settled.abort();
    link.release();
    await Promise.allSettled([reached, broken]);
  }
}

/**
 * Waits until all of them have signalled. Asks for the names only when there are enough signals for all to be among
 * them: twice, unless others signal too.
 */
async function reachAll(
  counters: Counters<CounterKey>,
  key: CounterKey,
  members: readonly string[],
  wait: Wait,
): Promise<void> {
  const began = performance.now();
  const wanted = [...new Set(members)];
  try {
    for (;;) {
      const count = await counters.read(key, remaining(wait, began));
      const missing = await missingOf(counters, key, wanted, remaining(wait, began));
      if (missing.length === 0) return;
      // Each of the missing adds at least one.
      await counters.reach(key, count + missing.length, remaining(wait, began));
    }
  } catch (error) {
    if (!(error instanceof SyncError && error.code === "timeout")) throw error;
    const missing = await missingOf(counters, key, wanted, { timeoutMs: ASK_MS }).catch(() => []);
    if (missing.length === 0) throw error;
    const { timeoutMs = 0 } = wait;
    throw new MissingMembersError(`state "${key.name}"`, wanted.length, missing, timeoutMs);
  }
}

async function missingOf(
  counters: Counters<CounterKey>,
  key: CounterKey,
  members: readonly string[],
  wait: Wait,
): Promise<readonly string[]> {
  if (members.length === 0) return [];
  const there = new Set(await counters.contributors(key, wait));
  return members.filter((member) => !there.has(requestIdOf(member)));
}
