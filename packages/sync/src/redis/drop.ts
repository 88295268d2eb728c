import { randomUUID } from "node:crypto";
import { belongsToRun, metaKey } from "../keys.ts";
import type { RedisConnection } from "./connection.ts";
import { RETIRE } from "./scripts.ts";

/**
 * Removes every key of a run. The epoch changes before the first key goes, so that a client still at work learns that
 * its state is lost instead of counting from 1 again, and the new epoch, which nobody joined, goes last: who opens the
 * run in between learns the same.
 */
export async function dropRun(
  connection: RedisConnection,
  base: string,
  stop: AbortSignal,
): Promise<void> {
  const meta = metaKey(base);
  await connection.run(RETIRE, [meta], [randomUUID()]);
  for await (const keys of connection.scan(`*${escapeGlob(base)}*`)) {
    stop.throwIfAborted();
    await connection.unlink(keys.filter((key) => key !== meta && belongsToRun(base, key)));
  }
  await connection.unlink([meta]);
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, "\\$&");
}
