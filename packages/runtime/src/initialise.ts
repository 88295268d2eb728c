import type { Namespace, SyncClient } from "@groundplan/sync";
import type { RunEnv } from "./run-env.ts";
import type { InitContext } from "./test-case.ts";

const NETWORK_INITIALIZED = "network-initialized";

/** Prepares an instance the way Testground's SDKs do, each step after the other; other languages count on the order. */
export async function initialise(
  env: RunEnv,
  sync: SyncClient,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<InitContext> {
  await networkReady(env, sync, signal);
  const globalSeq = await sync.signalEntry("initialized_global", { signal });
  const groupSeq = await sync.signalEntry(`initialized_group_${env.group}`, { signal });
  env.recordMessage(
    `claimed sequence numbers; global=${globalSeq}, group(${env.group})=${groupSeq}`,
  );
  return { sync, namespace, globalSeq, groupSeq, signal };
}

/** With a sidecar, it is the sidecar that signals: once for each instance whose network is there. */
async function networkReady(env: RunEnv, sync: SyncClient, signal: AbortSignal): Promise<void> {
  const stage = { name: NETWORK_INITIALIZED, group: env.group };
  await sync.publishEvent({ stage_start_event: stage }, { signal });
  try {
    if (env.sidecar) await sync.barrier(NETWORK_INITIALIZED, env.instances, { signal });
  } catch (error) {
    env.recordMessage("network initialisation failed");
    throw error;
  }
  env.recordMessage("network initialisation successful");
  await sync.publishEvent({ stage_end_event: stage }, { signal });
}
