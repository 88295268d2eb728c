import type { Entry, Logs } from "../atoms/store.ts";
import { logTimeout, nameInKey } from "../describe.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { LogPages, type Position, START } from "./log-pages.ts";
import { asNumber } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { APPEND } from "./scripts.ts";
import { SingleFlight } from "./single-flight.ts";

export function redisLogs(run: RunAccess): Logs<string> {
  const { calls, scripts, growth } = run;
  const pages = new LogPages(scripts, growth);
  const collected = new SingleFlight<readonly Entry[]>();
  return {
    append: (key, json, mutation) =>
      calls.run(mutation, run.writeTimeout(nameInKey(key)), async () => {
        const keys = [key, auxiliaryKey("req", key), auxiliaryKey("tgt", key)] as const;
        const { requestId, settled = "" } = mutation;
        const [seq] = await scripts.runAnnouncing(APPEND, keys, [requestId, json, settled]);
        return asNumber(seq);
      }),
    async *read(key, { after = 0, ...wait } = {}) {
      let at: Position = START;
      const late = (ms: number): string =>
        logTimeout(key, Math.max(at.seq, after), ms) + scripts.connection.trouble;
      for (;;) {
        const from = at;
        const page = await calls.run(wait, late, (stop) => pages.next(key, from, after, stop));
        for (const entry of page.entries) yield entry;
        at = page.end;
      }
    },
    collect: (key, count, wait: Wait = {}) => {
      const late = (ms: number): string =>
        logTimeout(key, growth.heard(key), ms) + scripts.connection.trouble;
      return calls.run(wait, late, async (stop) => {
        await growth.reach(key, "XLEN", count, stop);
        // All that were woken together read together.
        return collected.ask(`${count}|${key}`, () => pages.upTo(key, count));
      });
    },
    snapshot: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), () =>
        pages.upTo(key, Number.POSITIVE_INFINITY),
      ),
  };
}
