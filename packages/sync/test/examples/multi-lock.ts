import { MultiLock, Mutex, type Namespace } from "@groundplan/sync";

/** Exchanges what two shards hold. Whoever names the same shards in the other order cannot lock this one out. */
export function swap(
  run: Namespace,
  shards: readonly [string, string],
  exchange: () => Promise<void>,
): Promise<void> {
  const both = new MultiLock(
    run,
    shards.map((shard) => new Mutex(run, `shard-${shard}`)),
  );
  return both.run(exchange, { timeoutMs: 10_000 });
}
