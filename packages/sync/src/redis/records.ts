import type { Records, StoredRecord } from "../store.ts";
import type { Wait } from "../wait.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { READ_RECORDS, RECORD_IDS, WRITE_RECORDS } from "./scripts.ts";

const RECORDS_A_SCRIPT = 500;

export function redisRecords(run: RunAccess): Records {
  const { calls, scripts } = run;
  return {
    write: (set, records, wait: Wait = {}) =>
      calls.run(wait, run.writeTimeout(`records "${set}"`), async () => {
        const all = Object.entries(records);
        for (let i = 0; i < all.length; i += RECORDS_A_SCRIPT) {
          const some = all.slice(i, i + RECORDS_A_SCRIPT);
          await scripts.run(WRITE_RECORDS, [set], some.flat());
        }
      }),
    read: (set, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(`records "${set}"`), async () => {
        const [found] = await scripts.run(RECORD_IDS, [set]);
        const ids = asArray(found).map(asText);
        const records = new Map<string, StoredRecord>();
        for (let at = 0; at < ids.length; ) {
          const wanted = ids.slice(at, at + RECORDS_A_SCRIPT);
          const [now, texts] = await scripts.runLarge(READ_RECORDS, [set], wanted);
          const some = asArray(texts).map(asText);
          put(records, wanted, some, asNumber(now));
          at += some.length;
        }
        return records;
      }),
  };
}

function put(
  records: Map<string, StoredRecord>,
  ids: readonly string[],
  stored: readonly string[],
  now: number,
): void {
  for (const [i, text] of stored.entries()) {
    const id = ids[i];
    // Empty: gone since the ids were read.
    if (id === undefined || text === "") continue;
    const bar = text.indexOf("|");
    records.set(id, { ageMs: now - Number(text.slice(0, bar)), json: text.slice(bar + 1) });
  }
}
