import { MissingMembersError, type Namespace, SyncClient } from "@groundplan/sync";

/** Waits for instances by name, and tells who did not come. */
export async function meetByName(
  run: Namespace,
  me: string,
  all: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const sync = new SyncClient(run);
  try {
    await sync.signalAndWait("ready", { members: all }, { member: me, timeoutMs });
    return "all here";
  } catch (error) {
    if (error instanceof MissingMembersError) return `without ${error.missing.join(" and ")}`;
    throw error;
  }
}
