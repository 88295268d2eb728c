import { randomBytes } from "node:crypto";
import type { Liveness } from "../atoms/liveness.ts";
import type {
  Atoms,
  LogKey,
  Logs,
  Mutation,
  Namespace,
  Records,
  Scope,
  Store,
} from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { baseKey, type KeyLayout, logKey, recordsKey } from "../keys.ts";
import { checkName, checkTarget, checkValue } from "../limits.ts";
import type { Wait } from "../wait.ts";
import { BoundClaims } from "./bind-claims.ts";
import { bindCounters } from "./bind-counters.ts";
import { BoundGroups } from "./bind-groups.ts";
import { bindQueues } from "./bind-queues.ts";
import { bindRates } from "./bind-rates.ts";
import { bindRegisters } from "./bind-registers.ts";
import { follower, type NamespaceWaits, until } from "./namespace-waits.ts";
import { checkSessionTtl, SessionKeeper } from "./session-keeper.ts";
import { SettledRequests } from "./settled-requests.ts";

interface Binding {
  readonly store: Store;
  readonly scope: Scope;
  /** Access by full key, under the run's epoch. */
  readonly atoms: Atoms<string, string>;
  readonly liveness: Liveness;
  readonly sessionTtlMs: number | undefined;
  readonly drop: (wait: Wait | undefined) => Promise<void>;
  /** Testground's unless given. */
  readonly layout?: KeyLayout;
}

/** What every store's `open` returns: names become keys, arguments are checked, and closing ends the waits. */
export function bindNamespace(binding: Binding): Namespace {
  const { store, atoms, drop } = binding;
  const { sessions, claims, groups } = binding.liveness;
  const scope = checkScope(binding.scope);
  const base = baseKey(scope, binding.layout);
  const closing = new AbortController();
  const keeper = new SessionKeeper(sessions, checkSessionTtl(binding.sessionTtlMs), closing.signal);
  const session = (wait: Wait = {}) => until(closing.signal, wait, (w) => keeper.session(w));
  const close = async (): Promise<void> => {
    const ending = keeper.close();
    closing.abort(new SyncError("closed", `the run ${scope.run} was closed in ${store.name}`));
    await ending;
  };
  const prefix = randomBytes(6).toString("hex");
  let made = 0;
  const requests = new SettledRequests(`${prefix}:`);
  const waits = { base, closing: closing.signal, requests };
  return {
    scope,
    store,
    counters: bindCounters(atoms.counters, waits),
    logs: bindLogs(atoms.logs, waits),
    records: bindRecords(atoms.records, base, closing.signal),
    registers: bindRegisters(atoms.registers, waits),
    rates: bindRates(atoms.rates, base, closing.signal),
    queues: bindQueues(atoms.queues, waits),
    claims: new BoundClaims({ ...waits, claims, session }),
    groups: new BoundGroups({ groups, base, closing: closing.signal, session }),
    session,
    requestId: () => `${prefix}:${++made}`,
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

function bindLogs(logs: Logs<string>, { base, closing, requests }: NamespaceWaits): Logs<LogKey> {
  const full = (key: LogKey): string => {
    if (key.kind !== "run_events") checkName("topic", key.name);
    return logKey(base, key);
  };
  return {
    async append(key, json, mutation) {
      checkValue(nameOf(key), json);
      return requests.send(full(key), mutation, (sent) =>
        until(closing, sent, (m: Mutation) => logs.append(full(key), json, m)),
      );
    },
    read: (key, follow = {}) => follower(closing, follow, (f) => logs.read(full(key), f)),
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

function nameOf(key: LogKey): string {
  return key.kind === "run_events" ? "run_events" : `topic "${key.name}"`;
}
