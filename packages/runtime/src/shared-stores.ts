import { type Namespace, openStore, type Scope, type Store } from "@groundplan/sync";
import type { Environment } from "./run-params.ts";
import { parseRunnerParams } from "./runner-params.ts";
import { AbortedError } from "./runtime-error.ts";

/** Stores and runs opened once for all instances of a process. */
export interface SharedStores extends AsyncDisposable {
  /** The run in the store that the environment names. Belongs to the stores, and closes with them. */
  namespace(environment: Environment, scope: Scope): Promise<Namespace>;
  close(): Promise<void>;
}

/** Nothing is opened before it is asked for. Closed by the caller. */
export function shareStores(): SharedStores {
  const closing = new AbortController();
  const stores = new Map<string, Promise<Store>>();
  const namespaces = new Map<string, Promise<Namespace>>();
  const namespace = (environment: Environment, scope: Scope): Promise<Namespace> => {
    const url = storeUrl(environment);
    const store = once(stores, url, () => openStore(url, { signal: closing.signal }));
    const { run, plan, case: testCase } = scope;
    const key = JSON.stringify([url, run, plan, testCase]);
    return once(namespaces, key, async () => (await store).open(scope));
  };
  const close = async (): Promise<void> => {
    closing.abort(new AbortedError("the instances ended before their store was open"));
    await closeAll(namespaces.values());
    await closeAll(stores.values());
  };
  return { namespace, close, [Symbol.asyncDispose]: close };
}

/**
 * `GROUNDPLAN_SYNC`, else Testground's sync service at `SYNC_SERVICE_HOST` and `SYNC_SERVICE_PORT`, or under its usual
 * name. A Testground of before the sync service (until v0.5.3) names a `REDIS_HOST` and none of the variables that came
 * with the service: there, that Redis.
 */
export function storeUrl(environment: Environment): string {
  const url = environment["GROUNDPLAN_SYNC"];
  if (url) return url;
  const { redisHost, redisPort, syncServiceHost, syncServicePort } = parseRunnerParams(environment);
  if (redisHost !== undefined && isBeforeSyncService(environment)) {
    return `redis://${redisHost}:${redisPort}`;
  }
  return `ws://${syncServiceHost}:${syncServicePort}`;
}

function isBeforeSyncService(environment: Environment): boolean {
  const since = ["SYNC_SERVICE_HOST", "TEST_DISABLE_METRICS", "TEST_TEMP_PATH"];
  return since.every((name) => environment[name] === undefined);
}

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const there = made.get(key) ?? make();
  made.set(key, there);
  return there;
}

async function closeAll(opened: Iterable<Promise<{ close(): Promise<void> }>>): Promise<void> {
  // What failed to open was reported by who asked for it.
  await Promise.allSettled([...opened].map(async (one) => (await one).close()));
}
