import { openStore, SyncClient, topic } from "@groundplan/sync";
import { z } from "zod";

export async function meet(url: string, instances: number): Promise<readonly string[]> {
  await using store = await openStore(url);
  await using run = await store.open({ run: "run-1", plan: "readme", case: "meet" });
  const sync = new SyncClient(run);

  const addresses = topic("addresses", z.string());
  const seq = await sync.publish(addresses, "127.0.0.1:4001");
  await sync.signalAndWait("published", instances, { timeoutMs: 10_000 });

  const all: string[] = [`entry ${seq}`];
  for await (const address of sync.subscribe(addresses)) {
    if (all.push(address) > instances) break;
  }
  return all;
}
