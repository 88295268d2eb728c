import { Mutex, type Namespace } from "@groundplan/sync";

/** One instance at a time appends its line; the disk refuses a holder that was paused and does not know yet. */
export function appendLine(
  run: Namespace,
  line: string,
  disk: (line: string, token: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const mutex = new Mutex(run, "disk");
  return mutex.run(({ token, lost }) => disk(line, token.n, lost), { timeoutMs: 10_000 });
}
