import { type Entry, type LogKey, type Namespace, SyncError } from "@groundplan/sync";

/** How long a log has to be silent for it to have no more. */
const SILENT_MS = 300;

/**
 * The entries there are now. A store without snapshots, such as Testground's service, only goes on reading: there it is
 * what has come when nothing more does.
 */
export async function entriesNow(
  namespace: Namespace,
  log: LogKey,
  timeoutMs: number,
): Promise<readonly Entry[]> {
  // Whoever has request ids has all the rest.
  if (namespace.store.features.has("requestIds")) {
    return namespace.logs.snapshot(log, { timeoutMs });
  }
  const entries: Entry[] = [];
  const late = performance.now() + timeoutMs;
  try {
    for await (const entry of namespace.logs.read(log, { timeoutMs: SILENT_MS })) {
      entries.push(entry);
      if (performance.now() > late) break;
    }
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "timeout") throw error;
  }
  return entries;
}
