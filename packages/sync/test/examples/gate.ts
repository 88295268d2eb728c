import { Gate, type Namespace } from "@groundplan/sync";

/** Everybody prepares; the load starts for all when one instance says so. */
export async function startTogether(run: Namespace, isLeader: boolean): Promise<number> {
  const gate = new Gate(run, "load");
  if (isLeader) await gate.close();
  // ... prepare, and signal that the gate is closed ...
  if (isLeader) await gate.open();
  await gate.wait({ timeoutMs: 10_000 });
  return Date.now();
}
