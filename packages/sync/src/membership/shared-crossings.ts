import type { CounterKey, Namespace } from "../atoms/store.ts";
import { MissingMembersError } from "../error.ts";
import { type Pending, pending, type Wait } from "../wait.ts";
import { MemberCrossing } from "./member-crossing.ts";
import type { Members } from "./members.ts";

interface Running {
  readonly key: CounterKey;
  readonly target: Members;
  readonly crossing: MemberCrossing;
  readonly waiters: Set<Pending<void>>;
  readonly stop: AbortController;
  /** Asked for by those whose time is over, together. */
  missing: Promise<readonly string[]> | undefined;
}

/** How long a wait that is over may still take to say who is missing. */
const ASK_MS = 500;

const crossings = new WeakMap<Namespace, SharedCrossings>();

/** Those of the process that wait for the same members in the same state cross together: the names are read once for all. */
export class SharedCrossings {
  readonly #namespace: Namespace;
  readonly #running = new Map<string, Set<Running>>();

  static of(namespace: Namespace): SharedCrossings {
    const shared = crossings.get(namespace) ?? new SharedCrossings(namespace);
    crossings.set(namespace, shared);
    return shared;
  }

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  async wait(key: CounterKey, target: Members, wait: Wait): Promise<void> {
    const running = this.#find(key, target) ?? this.#start(key, target);
    let isLate = false;
    const late = (ms: number): string => {
      isLate = true;
      return `state "${key.name}": not all of ${target.members.length} members had signalled after ${ms} ms`;
    };
    const waiter = pending<void>(wait, late, () => this.#leave(running, waiter));
    running.waiters.add(waiter);
    try {
      await waiter.promise;
    } catch (error) {
      throw isLate ? await lateness(running, wait.timeoutMs ?? 0, error) : error;
    }
  }

  #find(key: CounterKey, target: Members): Running | undefined {
    for (const running of this.#running.get(idOf(key)) ?? []) {
      if (isSame(running.target, target)) return running;
    }
    return undefined;
  }

  #start(key: CounterKey, { members, ...policy }: Members): Running {
    const target: Members = { members: [...members], ...policy };
    const crossing = new MemberCrossing(this.#namespace, key, target);
    const stop = new AbortController();
    const running: Running = {
      key,
      target,
      crossing,
      waiters: new Set(),
      stop,
      missing: undefined,
    };
    const all = this.#running.get(idOf(key)) ?? new Set();
    this.#running.set(idOf(key), all.add(running));
    crossing.crossed({ signal: stop.signal }).then(
      () => this.#settle(running, (waiter) => waiter.resolve()),
      (error: unknown) => this.#settle(running, (waiter) => waiter.reject(error)),
    );
    return running;
  }

  #settle(running: Running, finish: (waiter: Pending<void>) => void): void {
    this.#remove(running);
    for (const waiter of [...running.waiters]) finish(waiter);
  }

  #leave(running: Running, waiter: Pending<void>): void {
    running.waiters.delete(waiter);
    if (running.waiters.size > 0) return;
    this.#remove(running);
    running.stop.abort();
  }

  #remove(running: Running): void {
    const id = idOf(running.key);
    const all = this.#running.get(id);
    all?.delete(running);
    if (all?.size === 0) this.#running.delete(id);
  }
}

function idOf({ kind, name }: CounterKey): string {
  return `${kind}:${name}`;
}

/** Lists of one call site are mostly one object, and then compared in no time. */
function isSame(a: Members, b: Members): boolean {
  if (a.policy !== b.policy || membershipOf(a) !== membershipOf(b)) return false;
  return a.members.length === b.members.length && a.members.every((id, i) => id === b.members[i]);
}

function membershipOf(target: Members): string | undefined {
  return "membership" in target ? target.membership : undefined;
}

async function lateness(running: Running, timeoutMs: number, error: unknown): Promise<unknown> {
  running.missing ??= running.crossing.awaited({ timeoutMs: ASK_MS }).finally(() => {
    running.missing = undefined;
  });
  const missing = await running.missing.catch((): readonly string[] => []);
  if (missing.length === 0) return error;
  const members = new Set(running.target.members).size;
  return new MissingMembersError(`state "${running.key.name}"`, members, missing, timeoutMs);
}
