import type { Namespace, SyncClient } from "@groundplan/sync";
import { NetworkClient } from "./network/client.ts";
import type { RunEnv } from "./run-env.ts";
import type { InitContext } from "./test-case.ts";

/** Prepares an instance the way Testground's SDKs do, each step after the other; other languages count on the order. */
export async function initialise(
  env: RunEnv,
  sync: SyncClient,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<Omit<InitContext, "keepRun">> {
  const network = new NetworkClient(env, sync);
  await network.waitNetworkInitialized({ signal });
  const globalSeq = await sync.signalEntry("initialized_global", { signal });
  const groupSeq = await sync.signalEntry(`initialized_group_${env.group}`, { signal });
  env.recordMessage(
    `claimed sequence numbers; global=${globalSeq}, group(${env.group})=${groupSeq}`,
  );
  return { sync, namespace, network, globalSeq, groupSeq, signal };
}
