import { SyncError } from "../error.ts";

/**
 * The largest message that Testground's service and its Go clients read. The service closes the connection over it,
 * a Go client, which Testground's daemon is too, ends its process.
 */
export const GO_FRAME_BYTES: number = 32_768;

/** `{"id":"","error":"","publish":null,"subscribe":"","signal_entry":null}` and its line feed. */
const EMPTY_RESPONSE_BYTES = 71;
/** A subscriber's id is not known when an entry is published; they are counters. */
const ID_BYTES = 20;
/** What Go writes in up to 7 bytes within a JSON text within a JSON string, and JavaScript in fewer. */
const LONGER_IN_GO = /[<>&\u2028\u2029]|\\[bf]/g;
const LONGEST_ESCAPE_BYTES = 7;

/** Refuses an entry that a Go subscriber of its topic would not survive. */
export function checkGoFrame(what: string, json: string): void {
  const room = GO_FRAME_BYTES - EMPTY_RESPONSE_BYTES - ID_BYTES;
  if (json.length * LONGEST_ESCAPE_BYTES <= room) return;
  const longer = json.match(LONGER_IN_GO)?.length ?? 0;
  const body = Buffer.byteLength(JSON.stringify(json)) - 2 + longer * (LONGEST_ESCAPE_BYTES - 1);
  if (body <= room) return;
  throw new SyncError(
    "too-large",
    `${what}: the value takes ${body} bytes in a frame of Testground's protocol, and ${room} is the limit for what its instances may read; send a part of it, or where to fetch it`,
  );
}
