import { randomUUID } from "node:crypto";
import type { Choreography } from "@groundplan/dsl";
import { MemoryStore, openStore, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { inject } from "vitest";
import { performAll, type Run, type RunOptions } from "./perform-all.ts";

/** What an instance in another language has: Testground's protocol, and nothing else. */
export interface Outsider {
  readonly sync: SyncClient;
}

/** What the instances of the choreography meet in: `testground` is Testground's protocol for them too. */
type Meeting = "service" | "testground" | "redis";

export interface MixedOptions extends RunOptions {
  /** Groundplan's service unless given. */
  readonly over?: Meeting;
}

/** Performs a choreography while outside instances do what theirs does, over one store that serves both protocols. */
export async function performMixed(
  found: Choreography<never>,
  outsiders: readonly ((outsider: Outsider) => Promise<void>)[],
  { over = "service", ...options }: MixedOptions = {},
): Promise<Run> {
  await using memory = new MemoryStore();
  await using ours = await serveSync(memory, { port: 0 });
  await using theirs = await serveSync(memory, { port: 0, extension: false });
  const redis = inject("redisUrl");
  if (over === "redis" && redis === undefined) throw new Error("there is no redis-server");
  await using store = await openStore((over === "redis" && redis) || theirs.url);
  const run = randomUUID();
  await using namespace = await store.open({ run, plan: "plan", case: "case" });
  const running = outsiders.map((outsider) => outsider({ sync: new SyncClient(namespace) }));
  const sync = { service: ours.url, testground: theirs.url, redis: redis ?? "" }[over];
  const ended = await performAll(found, { outside: outsiders.length, ...options, sync, run });
  await Promise.all(running);
  return ended;
}
