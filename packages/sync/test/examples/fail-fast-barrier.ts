import { BrokenBarrierError, Membership, type Namespace, SyncClient } from "@groundplan/sync";

/** Waits for all by name, but not for who has died. */
export async function meetTheLiving(
  run: Namespace,
  me: string,
  all: readonly string[],
): Promise<string> {
  await using _member = await new Membership(run, "peers").join(me, null);
  const target = { members: all, policy: "failFast", membership: "peers" } as const;
  try {
    await new SyncClient(run).signalAndWait("ready", target, { member: me, timeoutMs: 60_000 });
    return "all here";
  } catch (error) {
    if (error instanceof BrokenBarrierError) return `${error.dead.join(" and ")} died`;
    throw error;
  }
}
