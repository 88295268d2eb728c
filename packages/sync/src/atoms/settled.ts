import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";

/**
 * What a request says of its sender's requests on the same object before it. `<below>:<n>,<n>…`: those with the numbers are
 * over, and so is every one below that the store knows nothing of, so that late copies of them can be refused. `late`: the
 * request is below what its sender has said so already, and yet it is no late copy.
 */
export type Settled = "late" | `${number}:${string}`;

/** What an id that a namespace made consists of; `undefined` for any other. */
export function partsOf(
  requestId: string,
): { readonly sender: string; readonly n: number } | undefined {
  const [, sender, n] = /^(.*:)(\d+)$/s.exec(requestId) ?? [];
  return sender === undefined ? undefined : { sender, n: Number(n) };
}

/** Nobody waits for it: the answer to a copy of a request whose sender had the answer long ago. */
export function requestWasOver(key: string): SyncError {
  return new SyncError(
    "protocol",
    `${nameInKey(key)}: a request came again whose sender had said that it is over; it was not carried out`,
  );
}
