import {
  MemoryStore,
  type Namespace,
  openStore,
  type Scope,
  type Store,
  SyncError,
} from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { infrastructure, usage } from "../command-error.ts";

/** Where the instances of a run meet: a store, and how they reach it. */
export interface MeetingPlace {
  /** For `GROUNDPLAN_SYNC`. */
  readonly url: string;
  /** For people. */
  readonly description: string;
  /** The run, as the runner itself sees it. */
  readonly namespace: Namespace;
  /** Removes what the run left in the store, and closes it. */
  close(): Promise<void>;
}

const CONNECT_MS = 5_000;
const NEARBY_MS = 1_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Opens `embedded`, `redis` (by `REDIS_HOST` and `REDIS_PORT`), or the store a URL names. */
export async function openMeetingPlace(sync: string, scope: Scope): Promise<MeetingPlace> {
  if (sync === "embedded") return embedded(scope);
  const url = sync === "redis" ? redisUrl() : withPatience(sync);
  const store = await open(url);
  const namespace = await store.open(scope);
  return {
    url,
    description: store.name,
    namespace,
    close: () => leave(namespace, store),
  };
}

async function embedded(scope: Scope): Promise<MeetingPlace> {
  const store = new MemoryStore();
  const service = await serveSync(store, { port: 0 });
  const namespace = await store.open(scope);
  return {
    url: service.url,
    description: `embedded store at ${service.url}`,
    namespace,
    close: async () => {
      await service.close();
      await store.close();
    },
  };
}

async function leave(namespace: Namespace, store: Store): Promise<void> {
  // A store that died with the run cannot be swept; its keys expire.
  if (store.features.has("drop")) await namespace.drop({ timeoutMs: CONNECT_MS }).catch(() => {});
  await namespace.close();
  await store.close();
}

async function open(url: string): Promise<Store> {
  if (url === "memory:") throw usage("--sync memory: is one process's own; use --sync embedded");
  try {
    return await openStore(url, { timeoutMs: CONNECT_MS });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.code === "range") throw usage(`--sync ${error.message}, or embedded`, error);
    throw infrastructure(error.message, error);
  }
}

/** Between a run and a service of the same machine lies no network: one that is not back in a second has ended. */
function withPatience(sync: string): string {
  const url = URL.canParse(sync) ? new URL(sync) : undefined;
  if (url?.protocol !== "ws:" || !LOOPBACK.test(url.hostname)) return sync;
  if (!url.searchParams.has("reconnectMs")) url.searchParams.set("reconnectMs", `${NEARBY_MS}`);
  return url.href;
}

/** What `--sync redis` means. */
export function redisUrl(): string {
  const host = process.env["REDIS_HOST"] || "localhost";
  const port = process.env["REDIS_PORT"] || "6379";
  return `redis://${host}:${port}`;
}
