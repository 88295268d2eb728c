import { randomBytes } from "node:crypto";
import type { Records, StoredRecord } from "../atoms/store.ts";
import type { Wait } from "../wait.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { READ_RECORDS, RECORD_IDS, WRITE_RECORDS } from "./scripts.ts";

const RECORDS_A_SCRIPT = 500;

export function redisRecords(run: RunAccess): Records {
  const { calls, scripts } = run;
  const writer = randomBytes(6).toString("hex");
  let writes = 0;
  return {
    write: (set, records, wait: Wait = {}) =>
      calls.run(wait, run.writeTimeout(`records "${set}"`), async () => {
        const all = Object.entries(records);
        for (let i = 0; i < all.length; i += RECORDS_A_SCRIPT) {
          const some = all.slice(i, i + RECORDS_A_SCRIPT);
          await scripts.run(WRITE_RECORDS, [set], [writer, ++writes, ...some.flat()]);
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
    const [at = ""] = text.split("|", 1);
    const json = text.slice(text.indexOf("|", at.length + 1) + 1);
    records.set(id, { ageMs: now - Number(at), json });
  }
}
