import { type Namespace, once } from "@groundplan/sync";

/** One instance makes the genesis block; all start from the same. */
export function genesis(
  run: Namespace,
  make: (signal: AbortSignal) => Promise<{ hash: string }>,
): Promise<{ hash: string }> {
  return once(run, "genesis", ({ lost }) => make(lost), { timeoutMs: 10_000 });
}
