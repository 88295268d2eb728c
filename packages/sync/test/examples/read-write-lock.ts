import { type Namespace, ReadWriteLock } from "@groundplan/sync";

/** Renews the routes alone, then measures by them while others may read, too, and none may change them. */
export async function renewAndMeasure(
  run: Namespace,
  renew: () => Promise<void>,
  measure: () => Promise<number>,
): Promise<number> {
  const routes = new ReadWriteLock(run, "routes");
  await using lease = await routes.write({ timeoutMs: 10_000 });
  await renew();
  await lease.downgrade();
  return await measure();
}
