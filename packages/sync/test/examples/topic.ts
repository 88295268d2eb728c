import { type Namespace, SyncClient, topic } from "@groundplan/sync";
import { z } from "zod";

const addresses = topic("addresses", z.string());

/** Publishes an address and gets everybody's, in the same order everywhere. */
export async function exchangeAddresses(
  run: Namespace,
  mine: string,
  instances: number,
): Promise<readonly string[]> {
  const sync = new SyncClient(run);
  await sync.publish(addresses, mine);
  return sync.collect(addresses, instances, { timeoutMs: 10_000 });
}

/** Reads on behind what was read before. */
export async function readOn(run: Namespace, read: string[], until: string): Promise<void> {
  const sync = new SyncClient(run);
  for await (const address of sync.subscribe(addresses, { after: read.length })) {
    read.push(address);
    if (address === until) return;
  }
}
