import { join } from "node:path";
import { inject } from "vitest";
import { buildGo } from "./go-program.ts";
import type { Meeting } from "./instances.ts";
import { services } from "./sync-services.ts";

/** Where instances of Go and of TypeScript can meet, and the programs in Go that have to do with a run there. */
export interface Place {
  /** An instance of the plan "interop". */
  readonly go: string;
  /** Reads the run's events, as Testground's daemon does. */
  readonly watcher: string;
  /** Answers configurations of the network, as Testground's sidecar does. */
  readonly sidecar: string;
  readonly open: () => Promise<Meeting>;
}

const [service, redis] = [
  await programs("go.mod", "watch-service"),
  await programs("redis.mod", "watch-redis"),
];
const redisUrl = inject("redisUrl");

/** Whether there is a Go to build programs with. */
export const hasGo: boolean = service !== undefined;

type Programs = Omit<Place, "open">;

/** For tests that are skipped. */
const missing: Programs = { go: "", watcher: "", sidecar: "" };

/** By name: the sync services, and Redis if there is one. Nothing to be used unless there is a Go. */
export const places: Readonly<Record<string, Place>> = {
  ...onServices(service ?? missing),
  ...(redisUrl === undefined ? {} : { Redis: onRedis(redis ?? missing, redisUrl) }),
};

async function programs(modfile: string, watch: string): Promise<Programs | undefined> {
  const build = (name: string): Promise<string | undefined> =>
    buildGo(join(import.meta.dirname, "go/sdk"), { program: `./${name}`, modfile });
  const [go, watcher, sidecar] = [await build("plan"), await build(watch), await build("sidecar")];
  if (go === undefined || watcher === undefined || sidecar === undefined) return undefined;
  return { go, watcher, sidecar };
}

function onServices(built: Programs): Readonly<Record<string, Place>> {
  const opened = Object.entries(services).map(
    ([name, open]) => [name, { ...built, open }] as const,
  );
  return Object.fromEntries(opened);
}

function onRedis(built: Programs, url: string): Place {
  const { hostname: REDIS_HOST, port: REDIS_PORT } = new URL(url);
  return { ...built, open: async () => ({ REDIS_HOST, REDIS_PORT }) };
}
