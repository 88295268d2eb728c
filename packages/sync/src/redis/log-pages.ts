import type { Entry } from "../atoms/store.ts";
import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import { auxiliaryKey, channelOf } from "../keys.ts";
import type { Growth } from "./growth.ts";
import { asArray, asNumber, asPairs, asText } from "./reply.ts";
import type { RunScripts } from "./run-scripts.ts";
import { FOLLOW, RANGE } from "./scripts.ts";
import { SingleFlight } from "./single-flight.ts";

const PAGE_ENTRIES = 500;

/** Behind an entry of a log: its number, and its id in the stream. */
export interface Position {
  readonly seq: number;
  readonly id: string;
}

export const START: Position = { seq: 0, id: "0-0" };

interface Page {
  readonly entries: readonly Entry[];
  /** Where the next page begins. */
  readonly end: Position;
  /** Nothing was behind it. */
  readonly isLast: boolean;
}

/** Reads logs page by page. Readers that are at the same place at the same time share the page. */
export class LogPages {
  readonly #scripts: RunScripts;
  readonly #growth: Growth;
  readonly #flights = new SingleFlight<Page>();

  constructor(scripts: RunScripts, growth: Growth) {
    this.#scripts = scripts;
    this.#growth = growth;
  }

  /** Waits until there are entries behind both the position and the number `after`. */
  async next(key: string, from: Position, after: number, stop: AbortSignal): Promise<Page> {
    let at = from;
    for (;;) {
      const page = await this.#follow(key, at);
      const entries = page.entries.filter(({ seq }) => seq > after);
      if (entries.length > 0) return { ...page, entries };
      stop.throwIfAborted();
      at = page.end;
      if (page.isLast) await this.#growth.wait(key, at.seq + 1, stop);
    }
  }

  /** The first `count` entries, or all there are. */
  async upTo(key: string, count: number): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    let at = START;
    for (;;) {
      const most = Math.min(PAGE_ENTRIES, count - entries.length);
      const reply = await this.#scripts.runLarge(RANGE, [key], [at.id, most]);
      const page = asPage(key, at, reply);
      entries.push(...page.entries);
      if (page.isLast || entries.length === count) return entries;
      at = page.end;
    }
  }

  /** A page; if it is not full, the length after it is registered. */
  #follow(key: string, at: Position): Promise<Page> {
    return this.#flights.ask(`${at.id}|${key}`, async () => {
      await this.#growth.listen(key, "XLEN");
      const reply = await this.#scripts.runLarge(
        FOLLOW,
        [key, auxiliaryKey("tgt", key)],
        [channelOf(key), at.id, PAGE_ENTRIES],
      );
      this.#growth.advance(key, asNumber(reply[0]));
      return asPage(key, at, reply);
    });
  }
}

/** From the reply of FOLLOW or RANGE: length, entries, whether they are the last. */
function asPage(key: string, from: Position, [, found, isLast]: readonly unknown[]): Page {
  let end = from;
  const entries = asArray(found).map((item): Entry => {
    const [id, fields] = asArray(item);
    end = { seq: end.seq + 1, id: asText(id) };
    return { seq: end.seq, json: payload(key, end, asArray(fields)) };
  });
  return { entries, end, isLast: isLast === 1 };
}

function payload(key: string, { seq, id }: Position, fields: readonly unknown[]): string {
  const found = asPairs(fields).find(([field]) => field === "p");
  if (found !== undefined) return asText(found[1]);
  throw new SyncError(
    "protocol",
    `entry ${seq} (${id}) of ${nameInKey(key)} has no field "p"; what wrote it does not speak Testground's protocol`,
  );
}
