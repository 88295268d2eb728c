import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Choreography, Plan } from "@groundplan/dsl";
import { MemoryStore, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { performAll, type Run, type RunOptions } from "./perform-all.ts";

/** What a sidecar reads of a configuration, as far as these tests ask. */
export interface Applied {
  readonly enable: boolean;
  readonly default: { readonly latency: number; readonly bandwidth: number; readonly loss: number };
  readonly callback_state: string;
}

export interface ShapedRun extends Run {
  /** In the order in which the sidecar was asked. */
  readonly applied: readonly Applied[];
}

/**
 * Performs a choreography beside a sidecar that does what Testground's does, over a store of its own. All instances are
 * on this machine, so that one serves them all.
 *
 * @param answers whether it says that a configuration is applied; the number counts them, from 1.
 */
export async function performShaped(
  found: Choreography<never> | Plan,
  options: RunOptions = {},
  answers: (applied: Applied, number: number) => boolean | Promise<boolean> = () => true,
): Promise<ShapedRun> {
  await using memory = new MemoryStore();
  await using service = await serveSync(memory, { port: 0 });
  const run = randomUUID();
  await using namespace = await memory.open({ run, plan: "plan", case: "case" });
  const sync = new SyncClient(namespace);
  const applied: Applied[] = [];
  const serving = serve(sync, async (config) => {
    const number = applied.push(config);
    if (await answers(config, number)) await sync.signalEntry(config.callback_state);
    // The run's end, or its abort, ends it.
  }).catch(() => {});
  const { groups = { single: 3 } } = options;
  const instances = Object.values(groups).reduce((sum, n) => sum + n, 0);
  for (let i = 0; i < instances; i++) await sync.signalEntry("network-initialized");
  const environment = { TEST_SIDECAR: "true", TEST_SUBNET: "127.0.0.0/8" };
  const ended = await performAll(found, { ...options, sync: service.url, run, environment });
  await sync.close();
  await serving;
  return { ...ended, applied };
}

async function serve(sync: SyncClient, apply: (config: Applied) => Promise<void>): Promise<void> {
  for await (const config of sync.subscribe<Applied>({ name: `network:${hostname()}` })) {
    await apply(config);
  }
}
