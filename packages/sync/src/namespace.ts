import { randomBytes } from "node:crypto";
import { SyncError } from "./error.ts";
import { baseKey, counterKey, logKey, recordsKey } from "./keys.ts";
import { checkName, checkTarget, checkValue } from "./limits.ts";
import { linkSignals } from "./on-abort.ts";
import type {
  Atoms,
  CounterKey,
  Counters,
  Entry,
  Follow,
  LogKey,
  Logs,
  Mutation,
  Namespace,
  Records,
  Scope,
  Store,
} from "./store.ts";
import type { Wait } from "./wait.ts";

interface Binding {
  readonly store: Store;
  readonly scope: Scope;
  /** Access by full key, under the run's epoch. */
  readonly atoms: Atoms<string, string>;
  readonly drop: (wait: Wait | undefined) => Promise<void>;
}

/** What every store's `open` returns: names become keys, arguments are checked, and closing ends the waits. */
export function bindNamespace({ store, atoms, drop, ...binding }: Binding): Namespace {
  const scope = checkScope(binding.scope);
  const base = baseKey(scope);
  const closing = new AbortController();
  const close = async (): Promise<void> => {
    closing.abort(new SyncError("closed", `the run ${scope.run} was closed in ${store.name}`));
  };
  const prefix = randomBytes(6).toString("hex");
  let requests = 0;
  return {
    scope,
    store,
    counters: bindCounters(atoms.counters, base, closing.signal),
    logs: bindLogs(atoms.logs, base, closing.signal),
    records: bindRecords(atoms.records, base, closing.signal),
    requestId: () => `${prefix}:${++requests}`,
    drop: (wait) => drop(wait),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Without what else the object may carry. */
function checkScope({ run, plan, case: testCase }: Scope): Scope {
  const scope = { run, plan, case: testCase };
  for (const [what, name] of Object.entries(scope)) checkName(what, name);
  return scope;
}

function bindCounters(
  counters: Counters<string>,
  base: string,
  closing: AbortSignal,
): Counters<CounterKey> {
  const full = (key: CounterKey): string => {
    checkName("state", key.name);
    return counterKey(base, key);
  };
  return {
    add: (key, mutation) => until(closing, mutation, (m) => counters.add(full(key), m)),
    async addAndReach(key, target, mutation) {
      checkTarget(`state "${key.name}"`, target);
      return until(closing, mutation, (m) => counters.addAndReach(full(key), target, m));
    },
    async reach(key, target, wait = {}) {
      checkTarget(`state "${key.name}"`, target);
      if (target === 0) return;
      await until(closing, wait, (w) => counters.reach(full(key), target, w));
    },
    read: (key, wait = {}) => until(closing, wait, (w) => counters.read(full(key), w)),
    contributors: (key, wait = {}) =>
      until(closing, wait, (w) => counters.contributors(full(key), w)),
  };
}

function bindLogs(logs: Logs<string>, base: string, closing: AbortSignal): Logs<LogKey> {
  const full = (key: LogKey): string => {
    if (key.kind !== "run_events") checkName("topic", key.name);
    return logKey(base, key);
  };
  return {
    async append(key, json, mutation) {
      checkValue(nameOf(key), json);
      return until(closing, mutation, (m: Mutation) => logs.append(full(key), json, m));
    },
    read: (key, follow = {}) => follower(logs, full(key), closing, follow),
    async collect(key, count, wait = {}) {
      checkTarget(nameOf(key), count);
      if (count === 0) return [];
      return until(closing, wait, (w) => logs.collect(full(key), count, w));
    },
    snapshot: (key, wait = {}) => until(closing, wait, (w) => logs.snapshot(full(key), w)),
  };
}

function bindRecords(records: Records, base: string, closing: AbortSignal): Records {
  return {
    async write(set, values, wait = {}) {
      for (const [id, json] of Object.entries(values)) checkValue(`record "${id}"`, json);
      return until(closing, wait, (w) => records.write(recordsKey(base, set), values, w));
    },
    read: (set, wait = {}) => until(closing, wait, (w) => records.read(recordsKey(base, set), w)),
  };
}

async function* follower(
  logs: Logs<string>,
  key: string,
  closing: AbortSignal,
  follow: Follow,
): AsyncIterable<Entry> {
  const link = linkSignals([closing, follow.signal]);
  try {
    yield* logs.read(key, { ...follow, signal: link.signal });
  } finally {
    link.release();
  }
}

/** Runs one operation that also ends when the namespace closes. */
async function until<W extends Wait, T>(
  closing: AbortSignal,
  wait: W,
  operation: (wait: W) => Promise<T>,
): Promise<T> {
  const link = linkSignals([closing, wait.signal]);
  try {
    return await operation({ ...wait, signal: link.signal });
  } finally {
    link.release();
  }
}

function nameOf(key: LogKey): string {
  return key.kind === "run_events" ? "run_events" : `topic "${key.name}"`;
}
